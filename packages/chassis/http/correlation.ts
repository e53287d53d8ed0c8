import { randomFillSync } from 'node:crypto'
import { newId } from '../id.ts'

const wellFormedId = /^[\w.:-]{1,128}$/

export const requestIdOf = (header: string | string[] | undefined): string =>
  typeof header === 'string' && wellFormedId.test(header) ? header : newId()

// version, trace id, parent id, flags; a later version may append fields (W3C Trace Context, section 3.2)
const wellFormedTrace = /^(?!ff)[\da-f]{2}-(?!0{32})([\da-f]{32})-(?!0{16})[\da-f]{16}-([\da-f]{2})(?:$|-)/

export function traceparentOf(header: string | string[] | undefined): string {
  const given = typeof header === 'string' && header.length <= 256 ? wellFormedTrace.exec(header) : null
  return given ? `00-${given[1]}-${randomHex(8)}-${given[2]}` : `00-${randomHex(16)}-${randomHex(8)}-01`
}

const pool = Buffer.allocUnsafe(4_096)
let used = pool.length

function randomHex(bytes: number): string {
  if (used + bytes > pool.length) {
    randomFillSync(pool)
    used = 0
  }
  used += bytes
  return pool.toString('hex', used - bytes, used)
}
