const polynomial = 0x82f63b78 // Castagnoli's, reversed: RFC 3720, appendix B.4
const slices = 4

/** At 256 * n + b: the checksum of the byte b, followed by n zeros. */
const table = new Int32Array(slices * 256)
for (let byte = 0; byte < 256; byte++) {
  let rest = byte
  for (let bit = 0; bit < 8; bit++) rest = (rest >>> 1) ^ (rest & 1 ? polynomial : 0)
  table[byte] = rest
}
const of = (byte: number, zeros = 0) => table[256 * zeros + (byte & 0xff)] as number
for (let at = 256; at < table.length; at++) {
  const before = table[at - 256] as number
  table[at] = (before >>> 8) ^ of(before)
}

/**
 * The checksum of Kafka's record batches, CRC-32C; the CRC-32 of node:zlib has another polynomial. Four bytes at a time
 * take half as long as one at a time, as in kafkajs, where the checksum is a third of the cost of a record.
 */
export function crc32c(bytes: Buffer): number {
  const whole = bytes.length - (bytes.length % slices)
  let crc = -1
  for (let at = 0; at < whole; at += slices) {
    const word = crc ^ bytes.readInt32LE(at)
    crc = of(word, 3) ^ of(word >>> 8, 2) ^ of(word >>> 16, 1) ^ of(word >>> 24)
  }
  for (const byte of bytes.subarray(whole)) crc = of(crc ^ byte) ^ (crc >>> 8)
  return ~crc >>> 0
}
