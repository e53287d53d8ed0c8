import type { OutgoingRecord } from './record-codec.ts'

/**
 * Bytes of one batch that we aim at: well below what any topic of ours accepts (topics.ts), and large enough that a
 * bigger one would save nothing. A record that is larger by itself is a batch of its own.
 */
const batchBytes = 512 * 1024

/** Of each record on the wire: lengths, timestamps and offsets as varints (Kafka's record format, version 2). */
const recordOverheadBytes = 32
const headerOverheadBytes = 6

/** What a record takes in a batch, within a few bytes. Header names and values of ours are ASCII. */
export function sizeOf({ key, value, headers }: OutgoingRecord): number {
  let size = recordOverheadBytes + (key?.length ?? 0)
  if (value !== null) size += typeof value === 'string' ? Buffer.byteLength(value) : value.length
  for (const name in headers) size += headerOverheadBytes + name.length + (headers[name]?.length ?? 0)
  return size
}

export function cutBySize(records: readonly OutgoingRecord[], positions: readonly number[], limit = batchBytes) {
  const batches: number[][] = []
  let batch: number[] = []
  let bytes = 0
  for (const position of positions) {
    const size = sizeOf(records[position] as OutgoingRecord) // a position of the list
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
