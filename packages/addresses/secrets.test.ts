import { createPrivateKey } from 'node:crypto'
import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { addresses, serviceNames } from './addresses.ts'
import { certificatesOf, environmentOf } from './environment.ts'
import { makeSecrets, secrets } from './secrets.ts'

function aFolder(t: { teardown(end: () => void): void }): string {
  const dir = mkdtempSync(join(tmpdir(), 'docket-secrets-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

test('secrets are made once, and are for their owner only', t => {
  const dir = aFolder(t)
  const made = makeSecrets(dir)
  t.deepEqual(makeSecrets(dir), made)
  t.deepEqual(secrets(dir), made)
  for (const file of ['secrets.json', 'operator-password', 'jwt-signing-key.pem'])
    t.is(statSync(join(dir, file)).mode & 0o777, 0o600, file)
  t.is(readFileSync(join(dir, 'operator-password'), 'utf8').trim(), made.operatorPassword)
  t.is(createPrivateKey(made.jwtSigningKey).asymmetricKeyDetails?.namedCurve, 'prime256v1')
})

test('no two stacks share a password', t => {
  t.not(makeSecrets(aFolder(t)).operatorPassword, makeSecrets(aFolder(t)).operatorPassword)
})

test('a folder without a stack says how to start one', t => {
  t.throws(() => secrets('/nowhere'), { message: /no local stack in \/nowhere.*up-local\.sh/ })
})

test('each service gets its own database and its own password, and only user-service the signing key', t => {
  const dir = aFolder(t)
  const keys = makeSecrets(dir)
  const at = addresses({ PORT_OFFSET: '100' })
  const order = environmentOf('order-service', at, keys)
  t.is(order.DATABASE_URL, `postgres://orders:${keys.roles.orders}@127.0.0.1:15532/orders`)
  t.is(order.PORT, '8182')
  t.is(order.JWKS_URL, 'http://127.0.0.1:8181/.well-known/jwks.json')
  t.false('JWT_SIGNING_KEY' in order)
  const alone = environmentOf('order-service', addresses({ LOCAL_DIR: '/a b' }), keys, { isAlone: true })
  t.is(alone.JWKS_URL, 'file:///a%20b/jwks.json')
  const user = environmentOf('user-service', at, keys)
  t.is(user.DATABASE_URL, `mysql://users:${keys.mariadbUsers.password}@127.0.0.1:13406/users`)
  t.is(user.JWT_SIGNING_KEY, keys.jwtSigningKey)
})

test('secrets that a power cut has emptied are not taken for secrets: what to do is said', t => {
  const dir = aFolder(t)
  writeFileSync(join(dir, 'secrets.json'), '')
  for (const read of [secrets, makeSecrets]) t.throws(() => read(dir), { message: /secrets\.json.*lost.*--purge/ })
})

test('the certificates of a secured stack are found in a folder of any name', t => {
  const dir = join(aFolder(t), ' 100%25&a=b#c+d?e')
  const at = addresses({ LOCAL_DIR: dir, STACK_SECURITY: 'full' })
  for (const service of serviceNames) {
    const url = new URL(environmentOf(service, at, makeSecrets(dir)).DATABASE_URL ?? '')
    t.is(url.searchParams.get('sslrootcert'), certificatesOf(dir).authority)
  }
})
