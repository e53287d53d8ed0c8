/**
 * Prints public keys as a JSON Web Key Set, for JWKS_URL=file://…: `npm run -s keys -- jwks [FILE]`. FILE has what is in
 * JWT_SIGNING_KEY, private keys in PEM; - is stdin. Without one, the key of the local stack is meant.
 */
import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { addresses } from '@docket/addresses/addresses.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import { jwks, signingKeysIn } from '@docket/foundation/signing-keys.ts'
import { messageOf } from '@docket/foundation/errors.ts'

const usage = 'usage: npm run -s keys -- jwks [FILE]; FILE has private keys in PEM, - is stdin'

/** npm changes the working directory, so the one in which it was called resolves the path. */
const named = (file: string) => readFileSync(file === '-' ? 0 : resolve(process.env.INIT_CWD ?? '.', file), 'utf8')

function keysIn(pem: string, file = 'secrets.json') {
  try {
    return signingKeysIn(pem)
  } catch (cause) {
    throw new Error(`${file === '-' ? 'stdin' : file} ${messageOf(cause)}`, { cause })
  }
}

try {
  const [what, file, ...more] = process.argv.slice(2)
  if (what !== 'jwks' || more.length > 0) throw new Error(usage)
  const pem = file === undefined ? secrets(addresses().dir).jwtSigningKey : named(file)
  console.log(JSON.stringify(jwks(keysIn(pem, file)), undefined, 2))
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
