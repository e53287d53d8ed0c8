import { createHash, createPrivateKey, createPublicKey, hkdfSync, type KeyObject } from 'node:crypto'
import { z } from 'zod'

export interface SigningKey {
  /** RFC 7638 thumbprint: the same key has the same id everywhere. */
  kid: string
  privateKey: KeyObject
  publicKey: KeyObject
}

// openssl puts its parameters before a key, as a block of their own
const pem = /-----BEGIN ([A-Z ]+)-----(?:(?!-----)[\s\S])+-----END \1-----/g

/**
 * Reads JWT_SIGNING_KEY: one PEM or several, one after the other. The first signs; all are published, so that tokens
 * which the one before has signed stay good while keys are changed.
 */
export const signingKeys = z.string().transform((text, context): SigningKey[] => {
  const lines = text.replaceAll('\\n', '\n')
  const found = (lines.match(pem) ?? []).filter(block => block.includes('PRIVATE KEY-----'))
  if (found.length === 0)
    context.addIssue({
      code: 'custom',
      message:
        'holds no private key in PEM; make one with: openssl ecparam -name prime256v1 -genkey -noout | openssl pkcs8 -topk8 -nocrypt',
    })
  else if (lines.replaceAll(pem, '').trim() !== '') {
    // without this key, all who are logged in would be out
    context.addIssue({
      code: 'custom',
      message: `holds something besides ${found.length} whole PEM: is one of several cut off?`,
    })
  }
  try {
    return found.map(signingKey)
  } catch (error) {
    context.addIssue({ code: 'custom', message: error instanceof Error ? error.message : String(error) })
    return z.NEVER
  }
})

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

/** The public keys as a JSON Web Key Set. */
export const jwks = (keys: readonly SigningKey[]) => ({
  keys: keys.map(({ kid, publicKey }) => ({ ...publicKey.export({ format: 'jwk' }), kid, use: 'sig', alg: 'ES256' })),
})

/** A secret for other uses than signing, derived from the first key. */
export function derivedSecret([first]: readonly SigningKey[], purpose: string): Buffer {
  if (!first) throw new Error('there is no signing key')
  return Buffer.from(
    hkdfSync('sha256', first.privateKey.export({ type: 'pkcs8', format: 'der' }), 'docket', purpose, 32),
  )
}
