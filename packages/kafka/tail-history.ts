import { nameOf, type Position } from './broker-reader.ts'
import type { IncomingRecord } from './record-codec.ts'

const timeOf = (record: IncomingRecord | undefined) => Number(record?.timestamp)

export async function inOrder(
  waiting: Map<string, IncomingRecord[]>,
  hasMore: (name: string) => boolean,
  hand: (record: IncomingRecord) => Promise<void>,
): Promise<boolean> {
  const queues = [...waiting]
    .filter(([, records]) => records.length > 0)
    .map(([name, records]) => ({ name, records, at: 0, time: timeOf(records[0]) }))
  if (queues.length === 0) return false
  for (;;) {
    let oldest: (typeof queues)[number] | undefined
    for (const queue of queues)
      if (queue.at < queue.records.length && (!oldest || queue.time < oldest.time)) oldest = queue
    const record = oldest?.records[oldest.at]
    if (!oldest || !record) break
    oldest.time = timeOf(oldest.records[++oldest.at])
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

interface Read extends Range {
  from: number
  since: number
  found: IncomingRecord[]
  stride: number
}

/**
 * Where a partition is continued that has records from `first` up to `end`: what was deleted, with its age or with the
 * whole topic, which may have been made anew, is nothing that can be waited for.
 */
export const resumedAt = (next: number, first: number, end: number) => (next < first || next > end ? first : next)

const firstStride = 200 // records of each partition; a rare match makes the next looks longer
const longestStride = 20_000

/**
 * The newest `last` records that are wanted, oldest first. Looks from the end backwards, and in each partition only as
 * far as it may still hold one that is younger than those already found; holds no more than `last` of each partition in
 * memory.
 */
export async function newestOf(
  ranges: readonly Range[],
  last: number,
  wanted: (record: IncomingRecord) => boolean,
  fetch: (positions: Position[]) => Promise<IncomingRecord[]>,
): Promise<IncomingRecord[]> {
  if (last === 0) return []
  const reads: Read[] = ranges.map(range => ({
    ...range,
    from: range.end,
    since: Infinity,
    found: [],
    stride: Math.max(firstStride, Math.min(last, longestStride)),
  }))
  for (;;) {
    const best = reads
      .flatMap(({ found }) => found)
      .sort((a, b) => timeOf(a) - timeOf(b))
      .slice(-last)
    const oldest = best.length < last ? -Infinity : timeOf(best[0])
    const open = reads.filter(({ from, first, since }) => from > first && since >= oldest)
    if (open.length === 0) return best
    await lookBack(open, last, wanted, fetch)
  }
}

async function lookBack(
  reads: readonly Read[],
  last: number,
  wanted: (record: IncomingRecord) => boolean,
  fetch: (positions: Position[]) => Promise<IncomingRecord[]>,
): Promise<void> {
  const looks = new Map(
    reads.map(read => [
      nameOf(read),
      {
        read,
        next: Math.max(read.first, read.from - read.stride),
        end: read.from,
        found: [] as IncomingRecord[],
        since: Infinity,
      },
    ]),
  )
  for (const { read, next } of looks.values()) read.from = next
  for (;;) {
    const open = [...looks.values()].filter(look => look.next < look.end)
    if (open.length === 0) break
    const records = await fetch(open.map(({ read: { topic, partition }, next }) => ({ topic, partition, next })))
    for (const record of records) {
      const look = looks.get(nameOf(record))
      if (!look || Number(record.offset) >= look.end) continue
      look.since = Math.min(look.since, timeOf(record))
      if (wanted(record) && look.found.push(record) > 2 * last) look.found.splice(0, look.found.length - last)
    }
    const reached = new Map(records.map(record => [nameOf(record), Number(record.offset) + 1]))
    // what gave nothing holds only what a broker keeps to itself; when others gave something, its turn may come yet
    for (const look of open) look.next = reached.get(nameOf(look.read)) ?? (records.length === 0 ? look.end : look.next)
  }
  for (const { read, found, since } of looks.values()) {
    read.found = [...found, ...read.found].slice(-last)
    read.since = Math.min(read.since, since)
    read.stride = Math.min(longestStride, read.stride * 4)
  }
}
