import { sign, type KeyObject } from 'node:crypto'

const part = (value: object) => Buffer.from(JSON.stringify(value)).toString('base64url')

export function token(key: KeyObject, header: object, claims: object): string {
  const text = `${part(header)}.${part(claims)}`
  return `${text}.${sign('sha256', Buffer.from(text), { key, dsaEncoding: 'ieee-p1363' }).toString('base64url')}`
}

export interface Claims {
  sub: string
  name: string
  role: string
  sid: string
  iss: string
  aud: string
  iat: number
  exp: number
}

export function readToken(text: string): { header: { alg: string; kid: string }; claims: Claims } {
  const [header, claims] = text
    .split('.')
    .slice(0, 2)
    .map(one => JSON.parse(Buffer.from(one, 'base64url').toString()))
  return { header, claims }
}
