import { createHash, createPrivateKey, createPublicKey, type KeyObject } from 'node:crypto'

export interface SigningKey {
  /** RFC 7638 thumbprint: the same key has the same id everywhere. */
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
}

// openssl writes the curve's parameters as a block of their own before a key
const pem = /-----BEGIN ([A-Z ]+)-----(?:(?!-----)[\s\S])+-----END \1-----/g

/** Reads private keys in PEM, one after the other. Throws for what is no key for ES256, and for what is cut off. */
export function signingKeysIn(text: string): SigningKey[] {
  const lines = text.replaceAll('\\n', '\n')
  const found = (lines.match(pem) ?? []).filter(block => block.includes('PRIVATE KEY-----'))
  if (found.length === 0) {
    throw new Error(
      'holds no private key in PEM; make one with: openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt',
    )
  }
  // ignoring a damaged key would log out everyone whose token it signed
  if (lines.replaceAll(pem, '').trim() !== '')
    throw new Error(`holds something besides ${found.length} whole PEM: is one of several cut off?`)
  return found.map(signingKey)
}

function signingKey(text: string): SigningKey {
  const privateKey = createPrivateKey(text)
  if (privateKey.asymmetricKeyType !== 'ec' || privateKey.asymmetricKeyDetails?.namedCurve !== 'prime256v1') {
    throw new Error('holds a key that is not of the curve P-256, which ES256 needs')
  }
  const publicKey = createPublicKey(privateKey)
  const { crv, kty, x, y } = publicKey.export({ format: 'jwk' })
  return {
    kid: createHash('sha256').update(JSON.stringify({ crv, kty, x, y })).digest('base64url'),
    privateKey,
    publicKey,
  }
}

export const jwks = (keys: readonly SigningKey[]) => ({
  keys: keys.map(({ kid, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' })),
})
