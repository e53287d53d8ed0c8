const seed = 0x9747b28c
const factor = 0x5bd1e995

/** MurmurHash2 as Kafka's clients in Java compute it, which is a signed number of 32 bits. */
function murmur2(data: Buffer): number {
  const whole = data.length & ~3
  let hash = seed ^ data.length
  for (let at = 0; at < whole; at += 4) {
    const mixed = Math.imul(data.readInt32LE(at), factor)
    hash = Math.imul(hash, factor) ^ Math.imul(mixed ^ (mixed >>> 24), factor)
  }
  const left = data.length - whole
  if (left > 0) hash = Math.imul(hash ^ data.readUIntLE(whole, left), factor)
  hash = Math.imul(hash ^ (hash >>> 13), factor)
  return hash ^ (hash >>> 15)
}

let withoutKey = 0

/**
 * The partition that every client compatible with Java's chooses for a key; for records without one, each in turn.
 * That of kafkajs is the same, but computes with objects: a ninth of what order-service allocated under full load.
 */
export const partitionOf = (key: string | null, partitions: number): number =>
  (key === null ? withoutKey++ : murmur2(Buffer.from(key)) & 0x7fffffff) % partitions
