import { flows, type Flow } from '@docket/contract/flows.ts'
import type { Topic } from '@docket/contract/event.ts'
import { declaredTopics, deadLetterTopic } from './topics.ts'

export type Resource = 'topic' | 'group' | 'cluster'
export type Operation = 'Read' | 'Write' | 'Create' | 'Describe' | 'Alter' | 'DescribeConfigs'

/** What a login may do with a resource in Kafka: one line of `kafka-acls.sh`. Whatever no line allows is denied. */
export interface Access {
  principal: string
  resource: Resource
  name: string
  /** prefixed: the name is a prefix of many. */
  pattern: 'literal' | 'prefixed'
  operation: Operation
}

export const mgmtPrincipal = 'mgmt'
/** create-topics needs more rights than any service should have, so it has a login of its own. */
export const setUpPrincipal = 'docket-setup'
export const connectPrincipal = 'docket-connect'

const clusterName = 'kafka-cluster' // Kafka's own name for it

/** Every replica of every service reads it for revocations, without a group. */
const heardByAll: Topic = 'user-events'

/** Serves the feed of all events, so it reads every topic, without a group. */
const feedService = 'order-service'

const on = (
  resource: Resource,
  name: string,
  operations: readonly Operation[],
  pattern: Access['pattern'] = 'literal',
) => operations.map(operation => ({ resource, name, pattern, operation }))

type Grant = Omit<Access, 'principal'>

/**
 * A service alone writes its own topic. It reads what it consumes, in a group named like it, and writes what it cannot
 * handle to the dead letters of that topic. It reads the settings of all these topics at startup. It also redrives the
 * dead letters of its own topic, because only it may write there.
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
    ...(service === feedService ? declaredTopics.flatMap(({ topic }) => on('topic', topic, ['Read'])) : []),
    ...(subscribed.size > 0 ? on('group', service, ['Read']) : []),
    ...ofConnector(service),
  ]
}

/**
 * With OUTBOX=debezium, the connector of a service sends with the service's login (docs/debezium), so that no single
 * login may write all topics. The connector keeps topics of its own, too.
 */
const ofConnector = (service: string): Grant[] => [
  ...on('topic', `__debezium-heartbeat.${service}`, ['Write']),
  ...(service === 'user-service'
    ? on('topic', 'user-service-outbox-schema', ['Read', 'Write', 'DescribeConfigs'])
    : []),
]

const ofMgmt: Grant[] = [
  ...declaredTopics.flatMap(({ topic }) => on('topic', topic, ['Read', 'DescribeConfigs'])),
  ...on('group', '*', ['Describe']), // to show the lag of groups, including those of other services
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
  const byText = new Map(grants.map(grant => [JSON.stringify(grant), { principal, ...grant }]))
  return [...byText.values()]
}

export const accessList: readonly Access[] = [
  ...Object.entries(flows).flatMap(([service, flow]) => granted(service, ofService(service, flow))),
  ...granted(mgmtPrincipal, ofMgmt),
  ...granted(setUpPrincipal, ofSetUp),
  ...granted(connectPrincipal, ofConnect),
]

export const principals: readonly string[] = [...new Set(accessList.map(({ principal }) => principal))]
