import type { Kafka } from 'kafkajs'
import { FetchedRecord, type FetchedMessage } from './fetched-record.ts'
import type { IncomingRecord } from './record-codec.ts'

/**
 * Reads records from the brokers without a consumer group. kafkajs' own consumer always joins one, which takes seconds,
 * moves partitions of others, and leaves a trace. So this uses the cluster object on which kafkajs builds its consumer.
 * kafkajs is pinned and no longer changes. Only this file and kafkajs-*.ts depend on its internals.
 */
export interface BrokerReader {
  topics(): Promise<Map<string, number>>
  /**
   * The offset of each partition of a topic: of its first record, behind its last, or of the first since a time in ms.
   */
  offsets(topic: string, partitions: number, at: 'first' | 'end' | number): Promise<number[]>
  offsetsOf(topics: ReadonlyMap<string, number>, at: 'first' | 'end' | number): Promise<Map<string, number[]>>
  byLeader(positions: readonly Position[]): Position[][]
  /**
   * Waits up to `waitMs` for records at or after these positions. Rejects when a broker is gone, and with
   * `TopicsNotReadable` where Kafka denies this login the right to read.
   */
  fetch(positions: readonly Position[], waitMs: number, bytesPerPartition: number): Promise<Fetched>
  close(): Promise<void>
}

export class TopicsNotReadable extends Error {
  readonly topics: readonly string[]

  constructor(topics: readonly string[]) {
    super(`this login may not read ${topics.join(', ')}: it needs the right Read there`)
    this.topics = topics
  }
}

export interface Fetched {
  records: IncomingRecord[]
  /** By `topic/partition`: behind its last record, as of this answer. */
  ends: Map<string, number>
  /** Where to continue each partition of which something came: also behind what is left out, as it was aborted. */
  nexts: Map<string, number>
}

export interface Position {
  topic: string
  partition: number
  next: number
}

interface Cluster {
  connect(): Promise<void>
  disconnect(): Promise<void>
  metadata(): Promise<{ topicMetadata: { topic: string; partitionMetadata: unknown[] }[] }>
  addMultipleTargetTopics(topics: string[]): Promise<void>
  refreshMetadata(): Promise<void>
  findLeaderForPartitions(topic: string, partitions: number[]): Record<string, number[]>
  findBroker(broker: { nodeId: string }): Promise<Broker>
  findGroupCoordinator(group: { groupId: string }): Promise<Coordinator>
  fetchTopicsOffset(
    topics: { topic: string; partitions: { partition: number }[]; fromBeginning?: boolean; fromTimestamp?: number }[],
  ): Promise<{ topic: string; partitions: { partition: number; offset: string }[] }[]>
}

interface Broker {
  fetch(request: {
    isolationLevel: number
    maxWaitTime: number
    minBytes: number
    maxBytes: number
    topics: { topic: string; partitions: { partition: number; fetchOffset: string; maxBytes: number }[] }[]
  }): Promise<{
    responses: {
      topicName: string
      partitions: { partition: number; highWatermark: string; messages: RawMessage[] }[]
    }[]
  }>
}

interface Coordinator {
  leaveGroup(member: { groupId: string; memberId: string }): Promise<unknown>
}

type RawMessage = FetchedMessage & { isControlRecord?: boolean }

const readCommitted = 1

export const nameOf = ({ topic, partition }: Pick<Position, 'topic' | 'partition'>) => `${topic}/${partition}`

export async function brokerReader(kafka: Kafka): Promise<BrokerReader> {
  const cluster = clusterOf(kafka)
  await cluster.connect()
  return {
    async topics() {
      const { topicMetadata } = await cluster.metadata()
      return new Map(
        topicMetadata
          .filter(({ topic }) => !topic.startsWith('__'))
          .map(({ topic, partitionMetadata }) => [topic, partitionMetadata.length]),
      )
    },
    offsets: async (topic, partitions, at) =>
      (await offsetsOf(cluster, new Map([[topic, partitions]]), at)).get(topic) ?? [],
    offsetsOf: (topics, at) => offsetsOf(cluster, topics, at),
    byLeader: positions => [...byBroker(cluster, positions).values()],
    async fetch(positions, waitMs, bytesPerPartition) {
      const answers = await Promise.all(
        [...byBroker(cluster, positions)].map(async ([nodeId, some]) => {
          const broker = await cluster.findBroker({ nodeId })
          return fetchFrom(broker, some, waitMs, bytesPerPartition).catch(async (error: unknown) => {
            throw isNotAllowed(error) ? new TopicsNotReadable(await notReadable(broker, some)) : error
          })
        }),
      )
      return {
        records: answers.flatMap(({ records }) => records),
        ends: new Map(answers.flatMap(({ ends }) => [...ends])),
        nexts: new Map(answers.flatMap(({ nexts }) => [...nexts])),
      }
    },
    close: () => cluster.disconnect(),
  }
}

async function offsetsOf(
  cluster: Cluster,
  topics: ReadonlyMap<string, number>,
  at: 'first' | 'end' | number,
): Promise<Map<string, number[]>> {
  if (topics.size === 0) return new Map()
  await cluster.addMultipleTargetTopics([...topics.keys()])
  const list = [...topics].map(([topic, count]) => ({
    topic,
    partitions: Array.from({ length: count }, (_, partition) => ({ partition })),
  }))
  const fetchOffsets = async (how: { fromBeginning?: boolean; fromTimestamp?: number }) => {
    const answers = await cluster.fetchTopicsOffset(list.map(one => ({ ...one, ...how })))
    const found = new Map(
      answers.flatMap(({ topic, partitions }) =>
        partitions.map(({ partition, offset }) => [nameOf({ topic, partition }), Number(offset)]),
      ),
    )
    return new Map(
      list.map(({ topic, partitions }) => [
        topic,
        partitions.map(({ partition }) => found.get(nameOf({ topic, partition })) ?? 0),
      ]),
    )
  }
  if (typeof at !== 'number') return fetchOffsets({ fromBeginning: at === 'first' })
  const ends = await fetchOffsets({ fromBeginning: false }) // first: records between the two must not be skipped
  const sinces = await fetchOffsets({ fromTimestamp: at })
  return new Map(
    [...sinces].map(([topic, since]) => [
      topic,
      since.map((offset, partition) => (offset < 0 ? (ends.get(topic)?.[partition] ?? 0) : offset)),
    ]),
  )
}

function byBroker(cluster: Cluster, positions: readonly Position[]): Map<string, Position[]> {
  const found = new Map<string, Position[]>()
  for (const position of positions) {
    for (const nodeId of Object.keys(cluster.findLeaderForPartitions(position.topic, [position.partition])))
      found.set(nodeId, [...(found.get(nodeId) ?? []), position])
  }
  return found
}

export function clusterOf(kafka: Kafka): Cluster {
  const hidden = Object.getOwnPropertySymbols(kafka).find(
    symbol => symbol.description === 'private:Kafka:createCluster',
  )
  // missing in its type declarations
  const create = hidden && (kafka as unknown as Record<symbol, (options: object) => Cluster>)[hidden]
  if (!create) throw new Error('this version of kafkajs is not the one that was pinned: it builds no cluster')
  return create({ metadataMaxAge: 60_000, allowAutoTopicCreation: false, isolationLevel: readCommitted })
}

const topicAuthorizationFailed = 29 // TOPIC_AUTHORIZATION_FAILED, Kafka's protocol guide, error codes

const isNotAllowed = (error: unknown) =>
  error instanceof Error && 'code' in error && error.code === topicAuthorizationFailed

/** Tests each topic by itself, because the error of a fetch from many does not name the topic. */
async function notReadable(broker: Broker, positions: readonly Position[]): Promise<string[]> {
  const found: string[] = []
  for (const [topic, [one]] of Map.groupBy(positions, position => position.topic))
    await fetchFrom(broker, one ? [one] : [], 0, 1).catch((error: unknown) => {
      if (!isNotAllowed(error)) throw error
      found.push(topic)
    })
  return found
}

async function fetchFrom(
  broker: Broker,
  positions: readonly Position[],
  waitMs: number,
  bytesPerPartition: number,
): Promise<Fetched> {
  const next = new Map(positions.map(position => [nameOf(position), position.next]))
  const { responses } = await broker.fetch({
    isolationLevel: readCommitted,
    maxWaitTime: waitMs,
    minBytes: 1,
    maxBytes: 8 * 1024 * 1024,
    topics: [...Map.groupBy(positions, position => position.topic)].map(([topic, some]) => ({
      topic,
      partitions: some.map(position => ({
        partition: position.partition,
        fetchOffset: String(position.next),
        maxBytes: bytesPerPartition,
      })),
    })),
  })
  const fetched: Fetched = { records: [], ends: new Map(), nexts: new Map() }
  for (const { topicName: topic, partitions } of responses) {
    for (const { partition, highWatermark, messages } of partitions) {
      const name = nameOf({ topic, partition })
      const from = next.get(name) ?? 0
      fetched.ends.set(name, Number(highWatermark))
      for (const message of messages) {
        const offset = Number(message.offset)
        fetched.nexts.set(name, Math.max(from, offset + 1))
        // a batch may begin before the requested offset
        if (message.isControlRecord || offset < from) continue
        fetched.records.push(new FetchedRecord(topic, partition, message))
      }
    }
  }
  return fetched
}
