import { serviceNames, type Addresses } from '@docket/addresses/addresses.ts'
import { topics as contract } from '@docket/contract/generated/contract.ts'
import { addTopics } from '@docket/kafka/admin.ts'
import { kafkaClient, type KafkaSettings } from '@docket/kafka/client.ts'
import { header, isMalformed, parseRecord, type IncomingRecord } from '@docket/kafka/record-codec.ts'
import { tail } from '@docket/kafka/tail.ts'
import { deadLetterTopic } from '@docket/kafka/topics.ts'

const settings = (at: Addresses): KafkaSettings => ({ brokers: at.kafkaBrokers, clientId: 'debezium-test' })
const eventTopics = contract.map(({ topic }) => topic)
const hourMs = 3_600_000

/** What Debezium itself writes to: docs/debezium/README.md names them. */
export const declareDebeziumTopics = (at: Addresses) =>
  addTopics(kafkaClient(settings(at)), [
    ...serviceNames.map(service => ({
      topic: `__debezium-heartbeat.${service}`,
      numPartitions: 1,
      configEntries: [{ name: 'retention.ms', value: String(hourMs) }],
    })),
    {
      topic: 'user-service-outbox-schema',
      numPartitions: 1,
      configEntries: [{ name: 'retention.ms', value: '-1' }],
    },
  ])

export interface Delays {
  stop(): Promise<number[]>
}

export function measureDelays(at: Addresses): Delays {
  const ending = new AbortController()
  const delays: number[] = []
  const reading = tail({
    kafka: settings(at),
    topics: eventTopics,
    from: 'now',
    follow: true,
    signal: ending.signal,
    onState: () => undefined,
    onRecord: record => void delays.push((Date.now() - Date.parse(header(record, 'ce_time') ?? '')) / 1_000),
  })
  return {
    async stop() {
      ending.abort()
      await reading
      return delays.toSorted((a, b) => a - b)
    },
  }
}

async function allRecords(at: Addresses, topics: readonly string[]): Promise<IncomingRecord[]> {
  const records: IncomingRecord[] = []
  await tail({
    kafka: settings(at),
    topics,
    from: 'beginning',
    follow: false,
    signal: AbortSignal.timeout(120_000),
    onState: () => undefined,
    onRecord: record => void records.push(record),
  })
  return records.toSorted((a, b) => Number(a.offset) - Number(b.offset))
}

export interface TopicsFound {
  records: number
  repeated: number
  users: ReadonlySet<string>
  deadLetters: number
  wrong: string[]
}

export async function examineTopics(at: Addresses): Promise<TopicsFound> {
  const records = await allRecords(at, eventTopics)
  const seen = new Set<string>()
  const last = new Map<string, { partition: number; sequence: number }>()
  const wrong: string[] = []
  for (const record of records) {
    const event = parseRecord(record)
    const where = `${record.topic}/${record.partition}/${record.offset}`
    if (!('id' in event)) {
      wrong.push(`${where}: ${isMalformed(event) ? event.message : 'of a type that is not known'}`)
      continue
    }
    wrong.push(...oddHeaders(record).map(text => `${where}: ${text}`))
    const key = `${record.topic} ${event.key}`
    const before = last.get(key)
    if (before && before.partition !== record.partition) wrong.push(`${where}: ${key} was in another partition before`)
    if (seen.has(event.id)) continue
    seen.add(event.id)
    if (before && before.sequence >= event.sequence)
      wrong.push(`${where}: ${key} has event ${event.sequence} after ${before.sequence}`)
    last.set(key, { partition: record.partition, sequence: event.sequence })
  }
  return {
    records: records.length,
    repeated: records.length - seen.size,
    users: new Set(records.flatMap(({ topic, key }) => (topic === 'user-events' && key ? [key.toString()] : []))),
    deadLetters: (await allRecords(at, eventTopics.map(deadLetterTopic))).length,
    wrong,
  }
}

const promised = new Set([
  'ce_specversion',
  'ce_id',
  'ce_type',
  'ce_source',
  'ce_subject',
  'ce_time',
  'ce_sequence',
  'content-type',
  'traceparent',
])

function oddHeaders(record: IncomingRecord): string[] {
  const unknown = Object.keys(record.headers).filter(name => !promised.has(name))
  const version = header(record, 'ce_specversion')
  return [
    ...(unknown.length > 0 ? [`headers that are not of the contract: ${unknown.join(', ')}`] : []),
    ...(version === '1.0' ? [] : [`ce_specversion is ${version}`]),
    ...(header(record, 'content-type') === 'application/json' ? [] : ['content-type is not application/json']),
    ...(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/.test(header(record, 'ce_time') ?? '') ? [] : ['ce_time is not RFC 3339 UTC']),
  ]
}
