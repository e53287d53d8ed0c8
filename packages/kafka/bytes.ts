const smallest = 1_024
const usualVarintBytes = 2 // of the length of a record of 64 to 8,191 bytes

/** Zigzag-encoded, as in Kafka's records: a whole number from 0 becomes twice its value. */
function varintBytes(value: number): number {
  let bytes = 1
  for (let rest = value * 2; rest > 0x7f; rest = Math.floor(rest / 0x80)) bytes++
  return bytes
}

/** Writes the types of Kafka's protocol into one buffer that grows. Positions are returned for what is known later. */
export class ByteWriter {
  length = 0
  private bytes = Buffer.allocUnsafe(smallest)

  written(from = 0): Buffer {
    return this.bytes.subarray(from, this.length)
  }

  /** The position of the next bytes. May replace the buffer, so it comes before every use of it. */
  private room(bytes: number): number {
    const at = this.length
    this.length += bytes
    if (this.length > this.bytes.length) {
      const larger = Buffer.allocUnsafe(Math.max(this.length, 2 * this.bytes.length))
      this.bytes.copy(larger, 0, 0, at)
      this.bytes = larger
    }
    return at
  }

  int8(value: number): void {
    const at = this.room(1)
    this.bytes.writeInt8(value, at)
  }

  int16(value: number): number {
    const at = this.room(2)
    this.bytes.writeInt16BE(value, at)
    return at
  }

  int32(value: number): number {
    const at = this.room(4)
    this.bytes.writeInt32BE(value, at)
    return at
  }

  int32At(at: number, value: number): void {
    this.bytes.writeInt32BE(value | 0, at)
  }

  int64(value: number): void {
    const at = this.room(8)
    this.bytes.writeBigInt64BE(BigInt(value), at)
  }

  string(value: string | null): void {
    if (value === null) return void this.int16(-1)
    const bytes = Buffer.byteLength(value)
    this.int16(bytes)
    const at = this.room(bytes)
    this.bytes.write(value, at)
  }

  /** A whole number from 0. */
  varint(value: number): void {
    const at = this.room(varintBytes(value))
    this.varintAt(at, value)
  }

  private varintAt(from: number, value: number): void {
    let at = from
    let rest = value * 2
    for (; rest > 0x7f; rest = Math.floor(rest / 0x80)) this.bytes[at++] = (rest % 0x80) | 0x80
    this.bytes[at] = rest
  }

  field(value: string | Buffer | null): void {
    if (value === null) return void this.int8(1) // -1, zigzag-encoded
    const bytes = typeof value === 'string' ? Buffer.byteLength(value) : value.length
    this.varint(bytes)
    const at = this.room(bytes)
    if (typeof value === 'string') this.bytes.write(value, at)
    else this.bytes.set(value, at)
  }

  /** What `write` writes, after its length. */
  sized(write: () => void): void {
    const from = this.room(usualVarintBytes)
    write()
    const size = this.length - from - usualVarintBytes
    const more = varintBytes(size) - usualVarintBytes
    if (more !== 0) {
      this.room(more)
      this.bytes.copyWithin(from + usualVarintBytes + more, from + usualVarintBytes, from + usualVarintBytes + size)
    }
    this.varintAt(from, size)
  }
}

/** Reads the types of Kafka's protocol. Bytes are views of the buffer, which therefore lives as long as they do. */
export class ByteReader {
  at = 0
  private readonly bytes: Buffer

  constructor(bytes: Buffer) {
    this.bytes = bytes
  }

  int8(): number {
    return this.bytes.readInt8(this.at++)
  }

  int8At(at: number): number {
    return this.bytes.readInt8(at)
  }

  int16(): number {
    this.at += 2
    return this.bytes.readInt16BE(this.at - 2)
  }

  int32(): number {
    this.at += 4
    return this.bytes.readInt32BE(this.at - 4)
  }

  /** Exact up to 2^53: offsets, and milliseconds since 1970. */
  int64(): number {
    return this.int32() * 2 ** 32 + (this.int32() >>> 0)
  }

  string(): string {
    const bytes = this.int16()
    this.at += bytes
    return this.bytes.toString('latin1', this.at - bytes, this.at) // a topic's name is ASCII
  }

  array<T>(read: () => T): T[] {
    const length = Math.max(0, this.int32()) // -1: null
    const list: T[] = []
    for (let at = 0; at < length; at++) list.push(read())
    return list
  }

  varint(): number {
    let value = 0
    let byte = 0x80
    for (let factor = 1; byte & 0x80; factor *= 0x80) {
      byte = this.bytes[this.at++] ?? 0
      value += (byte & 0x7f) * factor
    }
    return value % 2 === 0 ? value / 2 : -(value + 1) / 2
  }

  field(): Buffer | null {
    const bytes = this.varint()
    if (bytes < 0) return null
    this.at += bytes
    return this.bytes.subarray(this.at - bytes, this.at)
  }

  skip(bytes: number): void {
    this.at += bytes
  }

  isNext(expected: Buffer): boolean {
    for (let at = 0; at < expected.length; at++) if (this.bytes[this.at + at] !== expected[at]) return false
    return true
  }

  text(bytes: number): string {
    this.at += bytes
    return this.bytes.toString('utf8', this.at - bytes, this.at)
  }

  /** Another reader of the same bytes, which starts here. */
  fork(): ByteReader {
    const other = new ByteReader(this.bytes)
    other.at = this.at
    return other
  }

  name(): string {
    return this.text(this.varint())
  }
}
