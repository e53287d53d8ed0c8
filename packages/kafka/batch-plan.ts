import type { OutgoingRecord } from './record-codec.ts'

/**
 * Target size of a batch in bytes: well below what any of our topics accepts (topics.ts), and large enough that more
 * would save nothing. A larger record is a batch of its own.
 */
const batchBytes = 512 * 1024

/** Per record on the wire: lengths, timestamps and offsets as varints (Kafka's record format, version 2). */
const recordOverheadBytes = 32
const headerOverheadBytes = 6

/** Accurate within a few bytes: our header names and values are ASCII. */
export function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let size = recordOverheadBytes + (key?.length ?? 0)
  if (value !== null) size += typeof value === 'string' ? Buffer.byteLength(value) : value.length
  for (const name in headers) size += headerOverheadBytes + name.length + (headers[name]?.length ?? 0)
  return size
}

/** Cuts a list of records, given by their positions, into batches of at most `limit` bytes each. Order is kept. */
export function cutBySize(records: readonly OutgoingRecord[], positions: readonly number[], limit = batchBytes) {
  const batches: number[][] = []
  let batch: number[] = []
  let bytes = 0
  for (const position of positions) {
    const size = sizeOf(records[position] as OutgoingRecord) // `position` is an index of the list
    if (batch.length > 0 && bytes + size > limit) {
      batches.push(batch)
      batch = []
      bytes = 0
    }
    batch.push(position)
    bytes += size
  }
  if (batch.length > 0) batches.push(batch)
  return batches
}
