import { flows, type Flow } from '@docket/contract/flows.ts'
import type { Topic } from '@docket/contract/event.ts'
import { declaredTopics, deadLetterTopic } from './topics.ts'

export type Resource = 'topic' | 'group' | 'cluster'
export type Operation = 'Read' | 'Write' | 'Create' | 'Describe' | 'Alter' | 'DescribeConfigs'

/** What a login may do with something in Kafka: one line of `kafka-acls.sh`. Whatever no line allows is refused. */
export interface Access {
  principal: string
  resource: Resource
  name: string
  /** prefixed: the name is the beginning of many. */
  pattern: 'literal' | 'prefixed'
  operation: Operation
}

export const mgmtPrincipal = 'mgmt'
/** Who runs create-topics: makes topics and grants rights. No service logs in as it. */
export const setUpPrincipal = 'docket-setup'
export const connectPrincipal = 'docket-connect'

const clusterName = 'kafka-cluster' // Kafka's own name for it

/** Who was logged out or has lost a role: every replica of every service reads it, without a group. */
const heardByAll: Topic = 'user-events'

const on = (
  resource: Resource,
  name: string,
  operations: readonly Operation[],
  pattern: Access['pattern'] = 'literal',
) => operations.map(operation => ({ resource, name, pattern, operation }))

type Grant = Omit<Access, 'principal'>

/**
 * A service writes its own topic, and no other writes that. It reads what it consumes, in a group that is named like it.
 * What it cannot handle goes to the dead letters of that topic. It looks at the settings of all these topics when it
 * starts. The dead letters of its own topic are redriven by it: only it may write the topic.
 */
function ofService(service: string, { publishes, consumes, ownsDeadLettersOf }: Flow): Grant[] {
  const subscribed = new Set([...consumes, ...ownsDeadLettersOf])
  return [
    ...publishes.flatMap(topic => [
      ...on('topic', topic, ['Write', 'Read', 'DescribeConfigs']),
      ...on('topic', deadLetterTopic(topic), ['Read', 'Write', 'DescribeConfigs']),
    ]),
    ...[...subscribed].flatMap(topic => [
      ...on('topic', topic, ['Read', 'DescribeConfigs']),
      ...on('topic', deadLetterTopic(topic), ['Write', 'DescribeConfigs']),
    ]),
    ...on('topic', heardByAll, ['Read']),
    ...(subscribed.size > 0 ? on('group', service, ['Read']) : []),
    ...ofConnector(service),
  ]
}

/**
 * With OUTBOX=debezium the connector of a service sends with the login of the service (docs/debezium), so that no login
 * may write the topics of all. It keeps its own topics, too.
 */
const ofConnector = (service: string): Grant[] => [
  ...on('topic', `__debezium-heartbeat.${service}`, ['Write']),
  ...(service === 'user-service'
    ? on('topic', 'user-service-outbox-schema', ['Read', 'Write', 'DescribeConfigs'])
    : []),
]

const ofMgmt: Grant[] = [
  ...declaredTopics.flatMap(({ topic }) => on('topic', topic, ['Read', 'DescribeConfigs'])),
  ...on('group', '*', ['Describe']), // how far the groups are behind; also those of others' services
]

const ofSetUp: Grant[] = [
  ...on('cluster', clusterName, ['Create', 'Describe', 'Alter']),
  ...declaredTopics.flatMap(({ topic }) => on('topic', topic, ['Describe', 'DescribeConfigs'])),
]

const ofConnect: Grant[] = [
  ...on('topic', connectPrincipal, ['Read', 'Write', 'Create', 'DescribeConfigs'], 'prefixed'),
  ...on('group', connectPrincipal, ['Read'], 'prefixed'),
]

const granted = (principal: string, grants: readonly Grant[]): Access[] => {
  const byText = new Map(grants.map(grant => [JSON.stringify(grant), { principal, ...grant }])) // each once
  return [...byText.values()]
}

export const accessList: readonly Access[] = [
  ...Object.entries(flows).flatMap(([service, flow]) => granted(service, ofService(service, flow))),
  ...granted(mgmtPrincipal, ofMgmt),
  ...granted(setUpPrincipal, ofSetUp),
  ...granted(connectPrincipal, ofConnect),
]

export const principals: readonly string[] = [...new Set(accessList.map(({ principal }) => principal))]
