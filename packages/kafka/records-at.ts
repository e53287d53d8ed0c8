import type { Kafka } from 'kafkajs'
import { brokerReader, nameOf, type BrokerReader, type Position } from './broker-reader.ts'
import { ownCopyOf } from './fetched-record.ts'
import type { IncomingRecord } from './record-codec.ts'

export interface Origin {
  topic: string
  partition: number
  offset: string
}

export const originName = ({ topic, partition, offset }: Origin) => `${topic}/${partition}/${offset}`

const isOffset = /^(?:0|[1-9]\d{0,14})$/ // what is a number to JavaScript, as Kafka writes it

export async function recordsAt(kafka: Kafka, origins: readonly Origin[]): Promise<Map<string, IncomingRecord>> {
  const found = new Map<string, IncomingRecord>()
  const reader = await brokerReader(kafka)
  try {
    const byTopic = Map.groupBy(origins, origin => origin.topic)
    const topics = new Map([...(await reader.topics())].filter(([topic]) => byTopic.has(topic)))
    const firsts = await reader.offsetsOf(topics, 'first')
    const ends = await reader.offsetsOf(topics, 'end')
    for (const [topic, some] of byTopic) {
      for (const [partition, inIt] of Map.groupBy(some, origin => origin.partition)) {
        const [from, to] = [firsts.get(topic)?.[partition], ends.get(topic)?.[partition]]
        if (from === undefined || to === undefined) continue
        const offsets = inIt
          .flatMap(({ offset }) => (isOffset.test(offset) ? [Number(offset)] : []))
          .filter(offset => offset >= from && offset < to) // others were deleted, by retention or with the topic
        for (const record of await recordsOf(reader, { topic, partition }, new Set(offsets)))
          found.set(originName(record), record)
      }
    }
    return found
  } finally {
    await reader.close()
  }
}

const fetchWaitMs = 2_000
const fetchBytes = 64 * 1024 // includes neighbours; a broker returns a larger record anyway if it is the first

async function recordsOf(
  reader: BrokerReader,
  at: Omit<Position, 'next'>,
  offsets: ReadonlySet<number>,
): Promise<IncomingRecord[]> {
  const found: IncomingRecord[] = []
  let next = 0
  for (const offset of [...offsets].sort((a, b) => a - b)) {
    if (offset < next) continue // already returned with an earlier one
    const { records, nexts } = await reader.fetch([{ ...at, next: offset }], fetchWaitMs, fetchBytes)
    found.push(...records.filter(record => offsets.has(Number(record.offset))).map(ownCopyOf))
    next = nexts.get(nameOf(at)) ?? offset + 1
  }
  return found
}
