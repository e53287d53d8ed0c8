import kafkajs, { type Admin, type Kafka } from 'kafkajs'
import { withAdmin } from './admin-session.ts'
import { declaredTopics, topicConfig } from './topics.ts'

export interface TopicState {
  topic: string
  partitions: number
  replicas: number
  config: ReadonlyMap<string, string>
}

export interface TopicProblem {
  topic: string
  text: string
  remedy: string
}

const copiesWanted = 3

/** Copies that a new topic gets: three where there are three brokers, else as many as there are. */
export const copiesFor = (brokers: number) => Math.min(copiesWanted, brokers)

/**
 * How many copies must have a record before it is acknowledged: with all three, the loss of one broker would stop
 * writes; with one, an acknowledged record may exist only on a machine that has just been lost.
 */
export const minInsyncFor = (replicas: number) => (replicas >= copiesWanted ? 2 : 1)

export function problemsOf(states: readonly TopicState[], brokers: number): TopicProblem[] {
  return states.flatMap(state => [...copyProblems(state, brokers), ...settingProblems(state)])
}

function copyProblems({ topic, replicas, partitions, config }: TopicState, brokers: number): TopicProblem[] {
  const wanted = copiesFor(brokers)
  const minInsync = Number(config.get('min.insync.replicas') ?? 1)
  const declared = declaredTopics.find(one => one.topic === topic)?.partitions ?? 1
  const problems: TopicProblem[] = []
  if (replicas < wanted)
    problems.push({
      topic,
      text: `has ${inCopies(replicas)} on ${brokers} brokers: a broker that is lost takes acknowledged events with it`,
      remedy: `kafka-reassign-partitions.sh, to ${wanted} replicas`,
    })
  if (replicas >= copiesWanted && minInsync < minInsyncFor(replicas))
    problems.push(setting(topic, 'min.insync.replicas', String(minInsync), String(minInsyncFor(replicas))))
  if (minInsync > replicas)
    problems.push({
      ...setting(topic, 'min.insync.replicas', String(minInsync), String(minInsyncFor(replicas))),
      text: `min.insync.replicas is ${minInsync}, but there are only ${inCopies(replicas)}: nothing can be written`,
    })
  if (partitions < declared)
    problems.push({
      topic,
      text: `has ${partitions} partitions, ${declared} are declared: so few replicas of a service can share the work`,
      remedy: `kafka-topics.sh --alter --topic ${topic} --partitions ${declared}, while its services are stopped`,
    })
  return problems
}

const inCopies = (replicas: number) => (replicas === 1 ? 'one copy' : `${replicas} copies`)

/** Larger values do no harm here, smaller ones do. */
const atLeast = new Set(['retention.ms', 'max.message.bytes'])

function settingProblems({ topic, config }: TopicState): TopicProblem[] {
  return topicConfig(topic).flatMap(({ name, value }) => {
    const actual = config.get(name)
    if (actual === undefined || actual === value) return []
    if (atLeast.has(name) && (Number(actual) < 0 || Number(actual) >= Number(value))) return []
    return [setting(topic, name, actual, value)]
  })
}

const setting = (topic: string, name: string, actual: string, wanted: string): TopicProblem => ({
  topic,
  text: `${name} is ${actual}, not ${atLeast.has(name) ? `at least ${wanted}` : wanted}`,
  remedy: `kafka-configs.sh --alter --entity-type topics --entity-name ${topic} --add-config ${name}=${wanted}`,
})

/** Looks at topics that are there; rejects when the service may not. */
export async function topicStates(
  kafka: Kafka,
  topics: readonly string[],
): Promise<{ states: TopicState[]; brokers: number }> {
  return withAdmin(
    kafka,
    async admin => {
      const [{ topics: found }, { brokers }, configs] = await Promise.all([
        admin.fetchTopicMetadata({ topics: [...topics] }),
        admin.describeCluster(),
        configsOf(admin, topics),
      ])
      const states = found.map(({ name, partitions }) => ({
        topic: name,
        partitions: partitions.length,
        replicas: Math.min(...partitions.map(({ replicas }) => replicas.length)),
        config: configs.get(name) ?? new Map<string, string>(),
      }))
      return { states, brokers: brokers.length }
    },
    1,
  )
}

/**
 * How long a topic keeps a record; Infinity without limit, undefined when this login may not see it. A compacted topic
 * keeps the last record of each key for ever.
 */
export function retentionMsOf({ config }: TopicState): number | undefined {
  const text = config.get('retention.ms')
  if (text === undefined) return undefined
  const isDeleting = (config.get('cleanup.policy') ?? 'delete').split(',').includes('delete')
  return isDeleting && Number(text) >= 0 ? Number(text) : Infinity
}

const checkedSettings = [
  'min.insync.replicas',
  'compression.type',
  'retention.ms',
  'cleanup.policy',
  'max.message.bytes',
]

/**
 * Returns nothing for topics whose settings this login may not read, because that must not keep a service from working.
 */
async function configsOf(admin: Admin, topics: readonly string[]): Promise<Map<string, Map<string, string>>> {
  const { resources } = await admin.describeConfigs({
    includeSynonyms: false,
    resources: topics.map(name => ({ type: kafkajs.ConfigResourceTypes.TOPIC, name, configNames: checkedSettings })),
  })
  return new Map(
    resources
      .filter(({ errorCode }) => errorCode === 0)
      .map(({ resourceName, configEntries }) => [
        resourceName,
        new Map(configEntries.map(({ configName, configValue }) => [configName, configValue])),
      ]),
  )
}
