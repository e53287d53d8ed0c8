import type { TopicContract } from '@docket/tools/generate/contract/read.ts'
import { partitionOf } from '@docket/kafka/partition.ts'
import {
  header,
  isMalformed,
  isUnknownEvent,
  parseRecord,
  type IncomingRecord,
  type OutgoingRecord,
} from '@docket/kafka/record-codec.ts'
import { isDeadLetterTopic } from '@docket/kafka/topics.ts'
import { markHeader } from './stories.ts'
import type { Subject } from './subject.ts'

export interface Published {
  record: IncomingRecord
  key: string
  type: string
  id: string
  sequence: number
}

const asPublished = (record: IncomingRecord): Published => ({
  record,
  key: record.key?.toString() ?? '',
  type: header(record, 'ce_type') ?? '',
  id: header(record, 'ce_id') ?? '',
  sequence: Number(header(record, 'ce_sequence')),
})

const words = /[\w.-]+/g

export function observed(subject: Subject) {
  const own = new Set(subject.publishes.map(({ topic }) => topic))
  const published: Published[] = []
  const letters: IncomingRecord[] = []
  const foreign: IncomingRecord[] = []
  const origins = new Map<string, IncomingRecord>()
  const aboutKey = new Map<string, Published[]>()

  return {
    published: published as readonly Published[],
    letters: letters as readonly IncomingRecord[],
    foreign: foreign as readonly IncomingRecord[],
    originOf: (mark: string | undefined) => origins.get(mark ?? ''),
    watch: (key: string) => void aboutKey.set(key, aboutKey.get(key) ?? []),
    see(record: IncomingRecord): void {
      if (isDeadLetterTopic(record.topic)) return void letters.push(record)
      const mark = header(record, markHeader)
      if (mark !== undefined) origins.set(mark, record)
      else if (!own.has(record.topic)) foreign.push(record)
      else {
        const one = asPublished(record)
        published.push(one)
        for (const word of new Set(`${one.key} ${record.value}`.match(words))) aboutKey.get(word)?.push(one)
      }
    },
    outcome: (key: string) => outcomeOf(aboutKey.get(key) ?? [], subject.undoes),
  }
}

export type Observed = ReturnType<typeof observed>

export function outcomeOf(
  published: readonly Pick<Published, 'id' | 'type'>[],
  undoes: ReadonlyMap<string, string>,
): string[] {
  const types = [...new Map(published.map(({ id, type }) => [id, type])).values()]
  const undone = new Set([...undoes].flatMap(both => (isOnce(types, both[0]) ? both : [])))
  return types.filter(type => !undone.has(type) || !isOnce(types, type)).sort()
}

const isOnce = (types: readonly string[], type: string) => types.filter(one => one === type).length === 1

export const inWords = (outcome: readonly string[]) => (outcome.length === 0 ? 'nothing' : outcome.join(' and '))

export function sequenceFaults(published: readonly Published[]): string[] {
  const byKey = Map.groupBy(published, ({ record, key }) => `${record.topic} ${key}`)
  return [...byKey.values()].flatMap(some => {
    const events = [...new Map(some.map(one => [one.id, one])).values()] // a Map keeps the order of first insertion
    const wrong = events.findIndex(({ sequence }, at) =>
      at === 0 ? sequence !== 1 : !(sequence > (events[at - 1]?.sequence ?? 0)),
    )
    const [first] = events
    return wrong < 0 || !first
      ? []
      : [
          `${first.record.topic}, key ${first.key}: ${events.map(({ type, sequence }) => `${type} ${sequence}`).join(', ')}`,
        ]
  })
}

export function publishedFaults(published: readonly Published[], topics: readonly TopicContract[]): string[] {
  const seen = new Map<string, Published>()
  return published.flatMap(one => {
    const { record, id, key, type } = one
    const before = seen.get(id)
    seen.set(id, before ?? one)
    const contract = topics.find(({ topic }) => topic === record.topic)
    const wrong = [
      ...headerFaults(one),
      ...(contract?.events.every(event => event.type !== type) ? [`${type} is no type of this topic`] : []),
      ...(contract && key && partitionOf(key, contract.partitions) !== record.partition
        ? [`it is in partition ${record.partition}, which is not murmur2 of its key ${key}`]
        : []),
      ...(before && !isSame(before.record, record)
        ? [`ce_id ${id} was used before, for another event: ${before.type} about ${before.key}`]
        : []),
    ]
    return wrong.map(sentence => `${record.topic}, partition ${record.partition}, offset ${record.offset}: ${sentence}`)
  })
}

const rfc3339 = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(\.\d+)?(Z|\+00:00)$/

function headerFaults({ record, key }: Published): string[] {
  const parsed = parseRecord(record)
  if (isMalformed(parsed)) return [parsed.message]
  if (isUnknownEvent(parsed)) return [`${parsed.unknownType} is no type of events/`]
  const expected: [name: string, isRight: (value: string) => boolean, rule: string][] = [
    ['ce_specversion', value => value === '1.0', '1.0'],
    ['ce_source', value => value.startsWith('/'), 'a path such as /order-service'],
    ['ce_subject', value => value === key, `the key of the record, ${key}`],
    ['ce_time', value => rfc3339.test(value), 'a time in UTC as RFC 3339 has it'],
    ['content-type', value => value === 'application/json', 'application/json'],
  ]
  return expected.flatMap(([name, isRight, rule]) => {
    const value = header(record, name)
    return value !== undefined && isRight(value) ? [] : [`header ${name} is ${value ?? 'missing'}; it must be ${rule}`]
  })
}

const isSame = (one: IncomingRecord, other: IncomingRecord) =>
  header(one, 'ce_type') === header(other, 'ce_type') &&
  one.topic === other.topic &&
  String(one.key) === String(other.key) &&
  String(one.value) === String(other.value)

/** Checks a dead letter: it must hold the original record, and say why it failed, and its origin and time. */
export function letterFaults(letter: IncomingRecord, origin: IncomingRecord | undefined, group: string): string[] {
  if (!origin) return ['it is of no record that was sent: its headers are not those that it came with']
  const headerOf = (name: string) => header(letter, name)
  const isReference = headerOf('dlq_value') === 'by-reference'
  const lost = Object.keys(origin.headers).filter(name => headerOf(name) !== header(origin, name))
  const expected = {
    dlq_topic: origin.topic,
    dlq_partition: String(origin.partition),
    dlq_offset: origin.offset,
    dlq_group: group,
  }
  return [
    ...(isReference || isEqual(letter.value, origin.value) ? [] : ['its value is not that of the record']),
    ...(isEqual(letter.key, origin.key) ? [] : ['its key is not that of the record']),
    ...lost.map(name => `header ${name} of the record is ${headerOf(name) ?? 'missing'}`),
    ...Object.entries(expected).flatMap(([name, value]) =>
      headerOf(name) === value ? [] : [`header ${name} is ${headerOf(name) ?? 'missing'}, not ${value}`],
    ),
    ...(/^[a-z][a-z0-9_]*$/.test(headerOf('dlq_reason') ?? '')
      ? []
      : [`header dlq_reason is ${headerOf('dlq_reason') ?? 'missing'}; it must be a snake_case code such as not_json`]),
    ...(headerOf('dlq_error') ? [] : ['header dlq_error is missing: a sentence for the operator']),
    ...(Number.isNaN(Date.parse(headerOf('dlq_time') ?? ''))
      ? [`header dlq_time is ${headerOf('dlq_time') ?? 'missing'}; it must be an RFC 3339 time`]
      : []),
  ]
}

const isEqual = (one: Buffer | null, other: Buffer | null) =>
  one === null || other === null ? one === other : one.equals(other)

export const markOf = ({ headers }: OutgoingRecord) => String(headers[markHeader])
