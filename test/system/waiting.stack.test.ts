import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test, { type ExecutionContext } from 'ava'
import { addresses, root } from '@docket/addresses/addresses.ts'
import { environmentOf } from '@docket/addresses/environment.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import { call } from '@docket/test/support/client.ts'
import { until } from '@docket/test/support/until.ts'

const closedPort = '127.0.0.1:1' // nothing listens there

function aService(t: ExecutionContext, name: 'order-service' | 'user-service', env: Record<string, string>) {
  const at = addresses()
  const child = spawn(process.execPath, [`${root}${name}/src/main.ts`], {
    env: { PATH: process.env.PATH, ...environmentOf(name, at, secrets(at.dir)), ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', chunk => {
      output += chunk
    })
  const ended = once(child, 'close') as Promise<[number | null]>
  t.teardown(async () => {
    child.kill('SIGKILL')
    await ended
  })
  const [url, ops] = name === 'order-service' ? [at.services.order, at.ops.order] : [at.services.user, at.ops.user]
  return { child, ended, url, output: () => output, readiness: () => call(`${ops}/readyz`, 'GET') }
}

test.serial('a service without its database starts, says what it waits for, and answers 503', async t => {
  const service = aService(t, 'order-service', { DATABASE_URL: `postgres://orders:x@${closedPort}/orders` })
  const { status, body } = await until('it says so', async () => {
    const answer = await service.readiness()
    return JSON.stringify(answer.body).includes('the database') && answer
  })
  t.is(status, 503)
  t.like(body, { status: 'not_ready', checks: { database: { ok: false } } })
  t.is((await call(`${service.url}/livez`, 'GET')).status, 200, 'it is alive: no restart is needed')
  t.regex(service.output(), /waiting for the database/)
  t.is(service.child.exitCode, null)
})

test.serial('a service without Kafka starts, and says what it waits for', async t => {
  const service = aService(t, 'order-service', { KAFKA_BROKERS: closedPort })
  const { status, body } = await until('it says so', async () => {
    const answer = await service.readiness()
    return JSON.stringify(answer.body).includes('Kafka') && answer
  })
  t.is(status, 503)
  t.like(body, { checks: { database: { ok: true }, kafka: { ok: false } } })
  t.is(service.child.exitCode, null)
})

test.serial('a service that waits still ends when it is told to', async t => {
  const service = aService(t, 'order-service', { KAFKA_BROKERS: closedPort })
  await until('it listens', async () => (await service.readiness()).status === 503)
  service.child.kill('SIGTERM')
  t.deepEqual((await service.ended)[0], 0)
})

test.serial('a wrong configuration ends with status 78, and lists all that is wrong', async t => {
  const service = aService(t, 'order-service', {
    PORT: 'eighty',
    DATABASE_URL: 'nonsense',
    RESERVATION_WINDOW: 'a while',
    KAFKA_SASL_MECHANISM: 'magic',
  })
  t.is((await service.ended)[0], 78)
  for (const name of ['PORT', 'DATABASE_URL', 'RESERVATION_WINDOW', 'KAFKA_SASL_MECHANISM'])
    t.regex(service.output(), new RegExp(`^  ${name}: `, 'm'))
})

test.serial('a signing key that is none stops user-service at its start', async t => {
  const service = aService(t, 'user-service', { JWT_SIGNING_KEY: 'no key' })
  t.is((await service.ended)[0], 78)
  t.regex(service.output(), /JWT_SIGNING_KEY: holds no private key/)
})

test.serial('a service that is to read its keys in a file ends with status 78 when there is none', async t => {
  const service = aService(t, 'order-service', { JWKS_URL: 'file:///nowhere/jwks.json' })
  t.is((await service.ended)[0], 78)
  t.regex(service.output(), /reading the keys in \/nowhere\/jwks\.json: ENOENT/)
})
