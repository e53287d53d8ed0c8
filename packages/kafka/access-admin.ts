import kafkajs, { type AclEntry, type Kafka } from 'kafkajs'
import { accessList, principals, type Access, type Operation, type Resource } from './access.ts'
import { withAdmin } from './admin-session.ts'

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = kafkajs

const resourceTypes: Record<Resource, number> = {
  topic: AclResourceTypes.TOPIC,
  group: AclResourceTypes.GROUP,
  cluster: AclResourceTypes.CLUSTER,
}
const operationTypes: Record<Operation, number> = {
  Read: AclOperationTypes.READ,
  Write: AclOperationTypes.WRITE,
  Create: AclOperationTypes.CREATE,
  Describe: AclOperationTypes.DESCRIBE,
  Alter: AclOperationTypes.ALTER,
  DescribeConfigs: AclOperationTypes.DESCRIBE_CONFIGS,
}
const patternTypes = { literal: ResourcePatternTypes.LITERAL, prefixed: ResourcePatternTypes.PREFIXED }

/** The right as Kafka keeps it: from every host. */
export const entryOf = ({ principal, resource, name, pattern, operation }: Access): AclEntry => ({
  resourceType: resourceTypes[resource],
  resourceName: name,
  resourcePatternType: patternTypes[pattern],
  principal: `User:${principal}`,
  host: '*',
  operation: operationTypes[operation],
  permissionType: AclPermissionTypes.ALLOW,
})

const textOf = ({
  resourceType,
  resourceName,
  resourcePatternType,
  principal,
  host,
  operation,
  permissionType,
}: AclEntry) => [resourceType, resourceName, resourcePatternType, principal, host, operation, permissionType].join(' ')

export interface AccessSet {
  added: Access[]
  unexpected: string[]
}

/**
 * Grants what is missing, and takes nothing away: a release that runs beside this one may need it. Rejects when the
 * cluster has no authorizer, or this login may not grant.
 */
export async function grantAccess(kafka: Kafka, list: readonly Access[] = accessList): Promise<AccessSet> {
  return withAdmin(kafka, async admin => {
    const { resources } = await admin.describeAcls({
      resourceType: AclResourceTypes.ANY,
      resourcePatternType: ResourcePatternTypes.ANY,
      operation: AclOperationTypes.ANY,
      permissionType: AclPermissionTypes.ANY,
    })
    const there = resources.flatMap(({ acls, ...resource }) => acls.map((acl): AclEntry => ({ ...resource, ...acl })))
    const present = new Set(there.map(textOf))
    const added = list.filter(access => !present.has(textOf(entryOf(access))))
    if (added.length > 0) await admin.createAcls({ acl: added.map(entryOf) })
    const wanted = new Set(list.map(access => textOf(entryOf(access))))
    const ours = new Set(['User:*', ...principals.map(principal => `User:${principal}`)])
    const unexpected = there.filter(entry => ours.has(entry.principal) && !wanted.has(textOf(entry))).map(sentenceOf)
    return { added, unexpected }
  })
}

const wordOf = (types: Record<string, string | number>, type: number) =>
  Object.entries(types).find(([, value]) => value === type)?.[0] ?? String(type)

const sentenceOf = ({ principal, operation, permissionType, resourceType, resourceName }: AclEntry) =>
  [
    principal,
    permissionType === AclPermissionTypes.ALLOW ? 'may' : 'may not',
    wordOf(AclOperationTypes, operation),
    wordOf(AclResourceTypes, resourceType),
    resourceName,
  ].join(' ')
