import { createHmac, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type { RawBody } from './body.ts'
import { HttpError } from './errors.ts'

const largestSigned = 64 * 1024 // bytes
const mostSeconds = 300 // that the clocks may differ, and a request may take; what is older may be a replay

/** How the body of a request that a machine signs is read. Without secrets there is no such sender. */
export function signedBody(req: IncomingMessage, secrets: readonly string[] | undefined): RawBody {
  if (!secrets) throw new HttpError(404, 'not_found', 'There is nothing at this path.')
  return {
    atMost: largestSigned,
    inspect(bytes) {
      if (!isSigned(req.headers['x-signature'], bytes, secrets, Date.now() / 1_000))
        throw new HttpError(
          401,
          'wrong_signature',
          'X-Signature must be t=<seconds>,v1=<hex HMAC-SHA256 of t.body>, and less than five minutes old.',
        )
    },
  }
}

/** A sender that changes its secret signs with both, as several `v1`. */
export function isSigned(
  header: string | string[] | undefined,
  body: Uint8Array,
  secrets: readonly string[],
  nowSeconds: number,
): boolean {
  const parts = String(header ?? '')
    .split(',')
    .map(part => part.trim())
  const seconds = parts.map(part => /^t=(\d{1,12})$/.exec(part)?.[1]).find(time => time !== undefined)
  if (seconds === undefined || Math.abs(nowSeconds - Number(seconds)) > mostSeconds) return false
  const given = parts.flatMap(part => /^v1=([0-9a-f]{64})$/i.exec(part)?.[1] ?? [])
  return secrets.some(secret => {
    const expected = createHmac('sha256', secret).update(`${seconds}.`).update(body).digest()
    return given.some(signature => timingSafeEqual(Buffer.from(signature, 'hex'), expected))
  })
}
