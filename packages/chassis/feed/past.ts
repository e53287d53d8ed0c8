import { once } from 'node:events'
import { PassThrough } from 'node:stream'
import { pace } from '@docket/foundation/pacing.ts'
import { brokerReader, type Position } from '@docket/kafka/broker-reader.ts'
import { kafkaClient, type KafkaSettings } from '@docket/kafka/client.ts'
import { newestOf, locationOf } from '@docket/kafka/tail-history.ts'
import { tail } from '@docket/kafka/tail.ts'
import { setNext, type Offsets } from './offsets.ts'
import { Entry } from './recent.ts'

export interface Span {
  topics(topic: string): boolean
  from: 'beginning' | Date | { positions: readonly Position[] }
  until: number | undefined
}

export type PastItem = { is: 'begins' | 'ends'; offsets: Offsets } | { is: 'entries'; entries: Entry[] }

const together = 200 // records

/**
 * What the topics have from there on until now, in half of the time of this process: orders go before who looks back.
 * Begins and ends with where that is in every partition.
 */
export async function* pastOf(kafka: KafkaSettings, span: Span, signal: AbortSignal): AsyncGenerator<PastItem> {
  const ending = new AbortController()
  const line = new PassThrough({ objectMode: true, highWaterMark: 1 })
  let entries: Entry[] = []
  const write = (item: PastItem) => line.write(item)
  const give = async () => {
    const given = entries
    entries = []
    if (given.length > 0 && !write({ is: 'entries', entries: given }))
      await once(line, 'drain', { signal: ending.signal }) // nothing more is read until this is taken
  }
  const reading = tail({
    kafka,
    topics: span.topics,
    from: span.from,
    until: span.until,
    follow: false,
    signal: AbortSignal.any([signal, ending.signal]),
    onRecord: record => (entries.push(new Entry(record)) < together ? undefined : give()),
    onPause: give,
    onState(state) {
      if (state.state === 'ready') write({ is: 'begins', offsets: offsetsOf(state.positions) })
      if (state.state === 'caught-up') write({ is: 'ends', offsets: offsetsOf(state.positions) })
    },
  })
  reading.then(
    () => line.end(),
    (error: Error) => line.destroy(error),
  )
  try {
    let taken = performance.now()
    for await (const item of line) {
      yield item as PastItem
      await pace(performance.now() - taken, signal)
      taken = performance.now()
    }
  } finally {
    ending.abort()
  }
}

function offsetsOf(positions: readonly Position[]): Offsets {
  const offsets: Offsets = new Map()
  for (const position of positions) setNext(offsets, position, position.next)
  return offsets
}

export interface Last {
  topics(topic: string): boolean
  last: number
  /** Which of these records count. */
  wanted(entries: readonly Entry[]): Promise<ReadonlySet<Entry>>
}

/** Where to begin, in each partition, to see the newest records that count. */
export async function startOfLast(kafka: KafkaSettings, { topics, last, wanted }: Last): Promise<Position[]> {
  const reader = await brokerReader(kafkaClient(kafka))
  try {
    const followed = new Map([...(await reader.topics())].filter(([topic]) => topics(topic)))
    const [firsts, ends] = [await reader.offsetsOf(followed, 'first'), await reader.offsetsOf(followed, 'end')]
    const ranges = [...followed].flatMap(([topic, partitions]) =>
      Array.from({ length: partitions }, (_, partition) => ({
        topic,
        partition,
        first: firsts.get(topic)?.[partition] ?? 0,
        end: ends.get(topic)?.[partition] ?? 0,
      })),
    )
    const newest = await newestOf(
      ranges,
      last,
      ({ counts }) => counts,
      async (positions: Position[]) => {
        const { records, nexts } = await reader.fetch(positions, 500, 128 * 1024)
        const entries = records.map(record => ({ at: locationOf(record), entry: new Entry(record) }))
        const counted = await wanted(entries.map(({ entry }) => entry))
        return { records: entries.map(({ at, entry }) => ({ ...at, counts: counted.has(entry) })), nexts }
      },
    )
    return ranges.map(({ topic, partition, end }) => ({
      topic,
      partition,
      next: Math.min(
        end,
        ...newest
          .filter(record => record.topic === topic && record.partition === partition)
          .map(({ offset }) => Number(offset)),
      ),
    }))
  } finally {
    await reader.close().catch(() => undefined)
  }
}
