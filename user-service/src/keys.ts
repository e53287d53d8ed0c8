import { hkdfSync } from 'node:crypto'
import { z } from 'zod'
import { signingKeysIn, type SigningKey } from '@docket/foundation/signing-keys.ts'
import { messageOf } from '@docket/foundation/errors.ts'

export { jwks, type SigningKey } from '@docket/foundation/signing-keys.ts'

/**
 * Reads JWT_SIGNING_KEY: one PEM or several, one after the other. The first signs; all are published, so that tokens
 * which the one before has signed stay good while keys are changed.
 */
export const signingKeys = z.string().transform((text, context): SigningKey[] => {
  try {
    return signingKeysIn(text)
  } catch (error) {
    context.addIssue({ code: 'custom', message: messageOf(error) })
    return z.NEVER
  }
})

export function derivedSecret([first]: readonly SigningKey[], purpose: string): Buffer {
  if (!first) throw new Error('there is no signing key')
  return Buffer.from(
    hkdfSync('sha256', first.privateKey.export({ type: 'pkcs8', format: 'der' }), 'docket', purpose, 32),
  )
}
