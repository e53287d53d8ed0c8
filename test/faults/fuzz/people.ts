import { createPrivateKey, generateKeyPairSync, randomUUID } from 'node:crypto'
import { secrets } from '@docket/addresses/secrets.ts'
import type { Client } from '@docket/test/support/client.ts'
import type { Person } from './requests.ts'
import { readToken, token } from '@docket/test/support/tokens.ts'

const daySeconds = 86_400
const inSeconds = (seconds: number) => Math.floor(Date.now() / 1_000) + seconds

export type HeadersFor = (person: Person, way: 'bearer' | 'cookie', ofNoSession: boolean) => Record<string, string>

/**
 * Tokens are signed here with the key of the stack, so that they outlive the run; some belong to no session, for
 * requests that would end it.
 */
export function headersFor(dir: string, customer: Client, other: Client, operator: Client): HeadersFor {
  const key = createPrivateKey(secrets(dir).jwtSigningKey)
  const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey
  const { header, claims } = readToken(customer.token)
  const long = ({ token: text }: Client, more: object = {}) =>
    token(key, header, { ...readToken(text).claims, iat: inSeconds(daySeconds), exp: inSeconds(daySeconds), ...more })
  const clients = { customer, 'other customer': other, operator }
  const tokens: Record<Exclude<Person, 'anonymous'>, string> = {
    customer: long(customer),
    'other customer': long(other),
    operator: long(operator),
    expired: token(key, header, { ...claims, exp: inSeconds(-5) }),
    forged: token(stranger, header, { ...claims, role: 'operator', exp: inSeconds(daySeconds) }),
    garbage: 'garbage',
  }
  return (person, way, ofNoSession) => {
    if (person === 'anonymous') return {}
    const text =
      ofNoSession && person in clients
        ? long(clients[person as keyof typeof clients], { sid: randomUUID() })
        : tokens[person]
    const headers: Record<string, string> =
      way === 'bearer' ? { authorization: `Bearer ${text}` } : { cookie: `access_token=${text}` }
    return headers
  }
}
