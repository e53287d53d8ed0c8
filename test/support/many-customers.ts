import { createPrivateKey, randomUUID } from 'node:crypto'
import { secrets } from '@docket/addresses/secrets.ts'
import type { Client } from './client.ts'
import { readToken, token } from './tokens.ts'

const lastsSeconds = 86_400

/** One who orders; all that the services see of him. */
export type Buyer = Pick<Client, 'id' | 'token'>

/**
 * Many customers, for more load than one may make: their tokens are signed here, with the key of the stack whose data
 * are in `dir`, and say the same as that of `model` but for who it is. Nobody has signed up.
 */
export function manyCustomers(dir: string, model: Buyer, count: number): Buyer[] {
  const key = createPrivateKey(secrets(dir).jwtSigningKey)
  const { header, claims } = readToken(model.token)
  const exp = Math.floor(Date.now() / 1_000) + lastsSeconds
  return Array.from({ length: count }, () => {
    const id = randomUUID()
    return { id, token: token(key, header, { ...claims, sub: id, sid: randomUUID(), exp }) }
  })
}
