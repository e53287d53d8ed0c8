import { generateKeyPairSync, randomBytes } from 'node:crypto'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { messageOf } from '@docket/foundation/errors.ts'
import { serviceNames } from './addresses.ts'
import { writeState } from './state-file.ts'

export interface Login {
  user: string
  password: string
}

export interface Secrets {
  postgresAdmin: Login
  roles: { orders: string; inventory: string; payments: string; shipping: string }
  mariadbRoot: Login
  mariadbUsers: Login
  operatorPassword: string
  kafka: Record<string, string>
  /** ES256, PKCS #8, PEM. */
  jwtSigningKey: string
}

export const kafkaAdmin = 'admin'

const secretFile = (dir: string) => join(dir, 'secrets.json')
export const password = () => randomBytes(18).toString('base64url')

/** ES256, PKCS #8, PEM. */
export const signingKey = () =>
  generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

export const hasSecrets = (dir: string) => existsSync(secretFile(dir))

/** The secrets of the local stack in this folder. Throws when it has never been started. */
export function secrets(dir: string): Secrets {
  if (!hasSecrets(dir))
    throw new Error(`there is no local stack in ${dir}: start it with ./bin/up-local.sh (tests: ./bin/test.sh)`)
  try {
    return JSON.parse(readFileSync(secretFile(dir), 'utf8')) as Secrets
  } catch (cause) {
    throw new Error(
      `${secretFile(dir)} cannot be read (${messageOf(cause)}), and with it the passwords of this stack are lost: delete its data with ./bin/down-local.sh --purge, then start it again`,
      { cause },
    )
  }
}

export function makeSecrets(dir: string): Secrets {
  if (hasSecrets(dir)) return secrets(dir)
  const made: Secrets = {
    postgresAdmin: { user: 'postgres', password: password() },
    roles: { orders: password(), inventory: password(), payments: password(), shipping: password() },
    mariadbRoot: { user: 'root', password: password() },
    mariadbUsers: { user: 'users', password: password() },
    operatorPassword: password(),
    kafka: Object.fromEntries([...serviceNames, 'mgmt', kafkaAdmin].map(name => [name, password()])),
    jwtSigningKey: signingKey(),
  }
  writeState(join(dir, 'operator-password'), `${made.operatorPassword}\n`, { mode: 0o600 })
  writeState(join(dir, 'jwt-signing-key.pem'), made.jwtSigningKey, { mode: 0o600 })
  writeState(secretFile(dir), JSON.stringify(made, undefined, 2), { mode: 0o600 })
  return made
}
