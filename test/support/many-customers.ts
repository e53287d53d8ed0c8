import { createPrivateKey, randomUUID } from 'node:crypto'
import { secrets } from '@docket/addresses/secrets.ts'
import type { Client } from './client.ts'
import { readToken, token } from './tokens.ts'

export type Buyer = Pick<Client, 'id' | 'token'>

const renewedAfterMs = 30_000 // a token is good for another four minutes and a half

/**
 * Many customers, for more load than one may make: their tokens are signed here, with the key of the stack whose data
 * are in `dir`, and say the same as that of `model` but for who it is, and when. Nobody has signed up.
 */
export function manyCustomers(dir: string, model: Buyer, count: number): Buyer[] {
  const key = createPrivateKey(secrets(dir).jwtSigningKey)
  const { header, claims } = readToken(model.token)
  const lastsSeconds = claims.exp - claims.iat
  const signed = (sub: string, sid: string, nowMs: number) => {
    const iat = Math.floor(nowMs / 1_000)
    return token(key, header, { ...claims, sub, sid, iat, exp: iat + lastsSeconds })
  }
  return Array.from({ length: count }, () => {
    const [id, sid] = [randomUUID(), randomUUID()]
    let last = ''
    let signedAtMs = -Infinity
    return {
      id,
      get token() {
        const nowMs = Date.now()
        if (nowMs - signedAtMs > renewedAfterMs) [last, signedAtMs] = [signed(id, sid, nowMs), nowMs]
        return last
      },
    }
  })
}
