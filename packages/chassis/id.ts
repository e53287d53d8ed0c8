import { randomFillSync } from 'node:crypto'

const pool = Buffer.allocUnsafe(4096)
let used = pool.length
let lastMs = 0
let counter = 0

/**
 * A UUID v7 in lower case. Ids made by one process ascend, even within a millisecond: the 12 bits after the time count
 * up (RFC 9562, section 6.2, method 1), so rows inserted in order lie together in an index.
 */
export function newId(): string {
  const now = Date.now()
  if (now > lastMs) {
    lastMs = now
    counter = 0
  } else if (++counter > 0xfff) {
    lastMs++ // 4096 ids in one millisecond: borrow from the next
    counter = 0
  }
  const time = lastMs.toString(16).padStart(12, '0')
  const tail = randomHex()
  const variant = ((parseInt(tail[0] ?? '0', 16) & 0x3) | 0x8).toString(16)
  return `${time.slice(0, 8)}-${time.slice(8)}-7${counter.toString(16).padStart(3, '0')}-${variant}${tail.slice(1, 4)}-${tail.slice(4)}`
}

/**
 * Smaller than every id made at this time or later, and greater than those made before, so a time can be compared with
 * ids.
 */
export function idAt(ms: number): string {
  const time = ms.toString(16).padStart(12, '0')
  return `${time.slice(0, 8)}-${time.slice(8)}-0000-0000-000000000000`
}

function randomHex(): string {
  if (used + 8 > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  const hex = pool.toString('hex', used, used + 8)
  used += 8
  return hex
}
