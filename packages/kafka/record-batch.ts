import type { ByteReader, ByteWriter } from './bytes.ts'
import { crc32c } from './crc32c.ts'

/** A record to be sent, as kafkajs hands it over. */
export interface RecordToSend {
  key?: string | Buffer | null
  value: string | Buffer | null
  headers?: Record<string, string | Buffer | (string | Buffer)[]>
  timestamp?: string
}

type Headers = Record<string, Buffer | null | (Buffer | null)[]>

/** A record that was read, as kafkajs wants it. Its headers stay encoded until they are asked for. */
export class ReadRecord {
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  isControlRecord: boolean
  /** For leaving out records of a transaction that was aborted. */
  readonly batchContext: { producerId: string; inTransaction: boolean }
  readonly #headers: ByteReader
  #decoded: Headers | undefined

  constructor(facts: Omit<ReadRecord, 'headers' | 'textOf'>, headers: ByteReader) {
    this.offset = facts.offset
    this.timestamp = facts.timestamp
    this.key = facts.key
    this.value = facts.value
    this.isControlRecord = facts.isControlRecord
    this.batchContext = facts.batchContext
    this.#headers = headers
  }

  get headers(): Headers {
    return (this.#decoded ??= readHeaders(this.#headers.fork()))
  }

  /** The first of the headers with this name, without decoding others. */
  textOf(name: string): string | undefined {
    const from = this.#headers.fork()
    const wanted = bytesOf(name)
    for (let left = from.varint(); left > 0; left--) {
      const nameBytes = from.varint()
      const isWanted = nameBytes === wanted.length && from.isNext(wanted)
      from.skip(nameBytes)
      const valueBytes = from.varint()
      if (isWanted) return valueBytes < 0 ? undefined : from.text(valueBytes)
      from.skip(Math.max(0, valueBytes)) // -1: null
    }
    return undefined
  }
}

const knownNames = new Map<string, Buffer>()
const mostKnown = 100 // more than there are in the code; others come from records

function bytesOf(name: string): Buffer {
  const known = knownNames.get(name)
  if (known) return known
  const bytes = Buffer.from(name)
  if (knownNames.size < mostKnown) knownNames.set(name, bytes)
  return bytes
}

// https://kafka.apache.org/documentation/#recordbatch
const magic = 2
const magicAt = 16 // the same in every version
const headBytes = 61
const codecMask = 0x07
const logAppendTimeFlag = 0x08
const transactionalFlag = 0x10
const controlFlag = 0x20

/** Without compression, and without a producer id: neither idempotent nor part of a transaction. */
export function writeBatch(to: ByteWriter, records: readonly RecordToSend[], nowMs: number): void {
  const times = records.map(({ timestamp }) => (timestamp === undefined ? nowMs : Number(timestamp)))
  const firstMs = Math.min(...times)
  to.int64(0) // the broker sets the base offset
  const batch = to.int32(0) // length, as soon as it is known
  to.int32(-1) // leader epoch
  to.int8(magic)
  const checksum = to.int32(0)
  const checked = to.int16(0) // attributes
  to.int32(records.length - 1) // the last record's difference in offset
  to.int64(firstMs)
  to.int64(Math.max(...times))
  to.int64(-1) // no producer id
  to.int16(-1) // nor its epoch
  to.int32(-1) // nor a sequence
  to.int32(records.length)
  records.forEach((record, at) => to.sized(() => writeRecord(to, record, at, (times[at] ?? firstMs) - firstMs)))
  to.int32At(batch, to.length - batch - 4)
  to.int32At(checksum, crc32c(to.written(checked)))
}

function writeRecord(to: ByteWriter, { key = null, value, headers = {} }: RecordToSend, at: number, ms: number): void {
  to.int8(0) // attributes, none of which are defined
  to.varint(ms)
  to.varint(at)
  to.field(key)
  to.field(value)
  let count = 0
  for (const name in headers) count += Array.isArray(headers[name]) ? headers[name].length : 1
  to.varint(count)
  for (const name in headers) {
    const value = headers[name] ?? null
    if (Array.isArray(value)) for (const one of value) writeHeader(to, name, one)
    else writeHeader(to, name, value)
  }
}

function writeHeader(to: ByteWriter, name: string, value: string | Buffer | null): void {
  to.field(name)
  to.field(value)
}

/**
 * Records of the batches in the next `bytes` bytes; the last batch may be cut off, and then comes again with the next
 * fetch. Undefined when one is compressed or older than version 2: kafkajs reads these.
 */
export function readBatches(from: ByteReader, bytes: number): ReadRecord[] | undefined {
  const end = from.at + bytes
  const records: ReadRecord[] = []
  let isReadable = true
  while (isReadable && end - from.at > magicAt) {
    isReadable = from.int8At(from.at + magicAt) === magic
    if (!isReadable || end - from.at < headBytes) break
    const baseOffset = from.int64()
    const next = from.int32() + from.at
    if (next > end) break
    isReadable = readBatch(from, baseOffset, records)
    from.at = next
  }
  from.at = end
  return isReadable ? records : undefined
}

function readBatch(from: ByteReader, baseOffset: number, records: ReadRecord[]): boolean {
  from.int32() // leader epoch
  from.int8() // magic
  from.int32() // checksum, which kafkajs does not look at either
  const attributes = from.int16()
  if (attributes & codecMask) return false
  from.int32() // the last record's difference in offset
  const firstMs = from.int64()
  const lastMs = from.int64()
  const batchContext = { producerId: String(from.int64()), inTransaction: (attributes & transactionalFlag) !== 0 }
  from.int16() // producer epoch
  from.int32() // sequence
  const isControlRecord = (attributes & controlFlag) !== 0
  const isAppendTime = (attributes & logAppendTimeFlag) !== 0
  for (let left = from.int32(); left > 0; left--) {
    const bytes = from.varint()
    const next = from.at + bytes
    from.int8() // attributes, none of which are defined
    const ms = firstMs + from.varint()
    const facts = {
      timestamp: String(isAppendTime ? lastMs : ms),
      offset: String(baseOffset + from.varint()),
      key: from.field(),
      value: from.field(),
      isControlRecord,
      batchContext,
    }
    records.push(new ReadRecord(facts, from.fork()))
    from.at = next
  }
  return true
}

function readHeaders(from: ByteReader): Headers {
  const headers: Headers = {}
  for (let left = from.varint(); left > 0; left--) {
    const name = from.name()
    const value = from.field()
    if (name === '__proto__') continue // an object cannot hold it
    const before = Object.hasOwn(headers, name) ? headers[name] : undefined
    headers[name] = before === undefined ? value : [before, value].flat()
  }
  return headers
}
