import { nameOf, type Fetched, type Position } from './broker-reader.ts'
import type { IncomingRecord } from './record-codec.ts'

type Located = Pick<IncomingRecord, 'topic' | 'partition' | 'offset' | 'timestamp'>

/** All that a search needs to keep of a record. */
export const locationOf = ({ topic, partition, offset, timestamp }: IncomingRecord): Located => ({
  topic,
  partition,
  offset,
  timestamp,
})

const timestampOf = (record: Located | undefined) => Number(record?.timestamp)

export async function inOrder(
  waiting: Map<string, IncomingRecord[]>,
  hasMore: (name: string) => boolean,
  hand: (record: IncomingRecord) => Promise<void>,
): Promise<boolean> {
  const queues = [...waiting]
    .filter(([, records]) => records.length > 0)
    .map(([name, records]) => ({ name, records, at: 0, time: timestampOf(records[0]) }))
  if (queues.length === 0) return false
  for (;;) {
    let oldest: (typeof queues)[number] | undefined
    for (const queue of queues)
      if (queue.at < queue.records.length && (!oldest || queue.time < oldest.time)) oldest = queue
    const record = oldest?.records[oldest.at]
    if (!oldest || !record) break
    oldest.time = timestampOf(oldest.records[++oldest.at])
    await hand(record)
    if (oldest.at === oldest.records.length && hasMore(oldest.name)) break
  }
  for (const queue of queues) waiting.set(queue.name, queue.records.slice(queue.at))
  return true
}

export interface Range {
  topic: string
  partition: number
  first: number
  end: number
}

interface Read<T> extends Range {
  from: number
  since: number
  found: T[]
  stride: number
}

/**
 * Where to continue a partition that has records from `first` up to `end`. Deleted records, by age or with a topic that
 * was made anew, cannot be waited for.
 */
export const resumedAt = (next: number, first: number, end: number) => (next < first || next > end ? first : next)

type Answer<T> = Pick<Fetched, 'nexts'> & { records: T[] }

const firstStride = 200 // records of each partition; after rare matches the next read goes further back
const longestStride = 20_000

/**
 * The newest `last` matching records, oldest first. Searches backwards from the end, and in each partition only as far
 * as it may still hold a newer record than those found; keeps no more than `last` records of each partition in memory.
 */
export async function newestOf<T extends Located>(
  ranges: readonly Range[],
  last: number,
  wanted: (record: T) => boolean,
  fetch: (positions: Position[]) => Promise<Answer<T>>,
): Promise<T[]> {
  if (last === 0) return []
  const reads: Read<T>[] = ranges.map(range => ({
    ...range,
    from: range.end,
    since: Infinity,
    found: [],
    stride: Math.max(firstStride, Math.min(last, longestStride)),
  }))
  for (;;) {
    const best = reads
      .flatMap(({ found }) => found)
      .sort((a, b) => timestampOf(a) - timestampOf(b))
      .slice(-last)
    const oldest = best.length < last ? -Infinity : timestampOf(best[0])
    const open = reads.filter(({ from, first, since }) => from > first && since >= oldest)
    if (open.length === 0) return best
    await lookBack(open, last, wanted, fetch)
  }
}

async function lookBack<T extends Located>(
  reads: readonly Read<T>[],
  last: number,
  wanted: (record: T) => boolean,
  fetch: (positions: Position[]) => Promise<Answer<T>>,
): Promise<void> {
  const looks = new Map(
    reads.map(read => [
      nameOf(read),
      {
        read,
        next: Math.max(read.first, read.from - read.stride),
        end: read.from,
        found: [] as T[],
        since: Infinity,
      },
    ]),
  )
  for (const { read, next } of looks.values()) read.from = next
  for (;;) {
    const open = [...looks.values()].filter(look => look.next < look.end)
    if (open.length === 0) break
    const { records, nexts } = await fetch(
      open.map(({ read: { topic, partition }, next }) => ({ topic, partition, next })),
    )
    for (const record of records) {
      const look = looks.get(nameOf(record))
      if (!look || Number(record.offset) >= look.end) continue
      look.since = Math.min(look.since, timestampOf(record))
      if (wanted(record) && look.found.push(record) > 2 * last) look.found.splice(0, look.found.length - last)
    }
    // nothing is left before the end when no partition returns anything; otherwise its turn may still come
    for (const look of open) look.next = nexts.get(nameOf(look.read)) ?? (nexts.size === 0 ? look.end : look.next)
  }
  for (const { read, found, since } of looks.values()) {
    read.found = [...found, ...read.found].slice(-last)
    read.since = Math.min(read.since, since)
    read.stride = Math.min(longestStride, read.stride * 4)
  }
}
