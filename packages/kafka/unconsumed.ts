import type { Kafka } from 'kafkajs'
import { committedBy, withAdmin } from './admin-session.ts'
import { brokerReader, nameOf, type BrokerReader, type Position } from './broker-reader.ts'
import type { IncomingRecord } from './record-codec.ts'

export interface UnconsumedOptions {
  group: string
  /** That the group reads: Kafka does not know of those that it has committed nothing of. */
  topics: readonly string[]
  /** Records are consumed some time after they were written; younger ones are no sign that the group stands still. */
  graceMs: number
  /** More records than these are not read. */
  most: number
}

/**
 * The records that a group has not consumed, of partitions in which it is behind: none while it keeps up, which costs two
 * requests. Undefined when there are more than `most`. It joins no group and commits nothing.
 */
export async function unconsumed(
  kafka: Kafka,
  { group, topics: read, graceMs, most }: UnconsumedOptions,
): Promise<IncomingRecord[] | undefined> {
  const committed = await withAdmin(kafka, admin => committedBy(admin, group), 0)
  const reader = await brokerReader(kafka)
  try {
    const counts = await reader.topics()
    const topics = new Map([...counts].filter(([topic]) => read.includes(topic)))
    const firsts = await reader.offsetsOf(topics, 'first')
    const due = await reader.offsetsOf(topics, Date.now() - graceMs)
    const behind = [...due].flatMap(([topic, offsets]) =>
      offsets.flatMap((end, partition): Position[] => {
        const next = Math.max(committed.get(topic)?.get(partition) ?? 0, firsts.get(topic)?.[partition] ?? 0)
        return next < end ? [{ topic, partition, next }] : []
      }),
    )
    return behind.length === 0 ? [] : await allOf(reader, behind, topics, most)
  } finally {
    await reader.close()
  }
}

const waitMs = 500
const bytesPerPartition = 1024 * 1024

async function allOf(
  reader: BrokerReader,
  behind: readonly Position[],
  topics: ReadonlyMap<string, number>,
  most: number,
): Promise<IncomingRecord[] | undefined> {
  const ends = await reader.offsetsOf(topics, 'end')
  const endOf = ({ topic, partition }: Position) => ends.get(topic)?.[partition] ?? 0
  if (behind.reduce((sum, position) => sum + endOf(position) - position.next, 0) > most) return undefined
  const found: IncomingRecord[] = []
  for (let open = behind; open.length > 0;) {
    const { records, nexts } = await reader.fetch(open, waitMs, bytesPerPartition)
    found.push(...records)
    // a broker returns something of each partition that has something, so the others hold only its own records
    open = open
      .map(position => ({ ...position, next: nexts.get(nameOf(position)) ?? endOf(position) }))
      .filter(position => position.next < endOf(position))
  }
  return found
}
