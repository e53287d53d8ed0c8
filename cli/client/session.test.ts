import { existsSync, mkdirSync, mkdtempSync, rmSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Failure } from '../failure.ts'
import { contextOf } from './context.ts'
import { sessionStore } from './session.ts'

function aFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'mgmt-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  return join(folder, 'mgmt')
}

const session = { username: 'ada', role: 'customer' as const, accessToken: 'a', refreshToken: 'r', expiresAt: 1 }

test('a session is kept where only its owner can read it', t => {
  const folder = aFolder(t)
  const store = sessionStore(folder, 'local')
  t.is(store.read(), undefined)
  store.write(session)
  t.deepEqual(store.read(), session)
  t.is(statSync(join(folder, 'session-local.json')).mode & 0o777, 0o600)
  t.is(statSync(folder).mode & 0o777, 0o700)
  store.forget()
  t.is(store.read(), undefined)
})

test('each context has a session of its own, and its name cannot leave the folder', t => {
  const folder = aFolder(t)
  sessionStore(folder, 'one').write(session)
  t.is(sessionStore(folder, 'another').read(), undefined)
  sessionStore(folder, '../../x').write(session)
  t.deepEqual(sessionStore(folder, '../../x').read(), session)
  t.notThrows(() => statSync(join(folder, 'session-.._.._x.json')))
})

test('two that want to renew a session do so one after the other', async t => {
  const store = sessionStore(aFolder(t), 'local')
  const order: string[] = []
  const work = (name: string) =>
    store.alone(async () => {
      order.push(`${name} begins`)
      await new Promise(resolve => {
        setImmediate(resolve)
      })
      order.push(`${name} ends`)
    })
  await Promise.all([work('A'), work('B')])
  t.is(order[0]?.[0], order[1]?.[0])
})

test('a lock that cannot be made, and a session that cannot be written, are failures that name the folder', async t => {
  const folder = aFolder(t)
  const tooLong = sessionStore(folder, 'x'.repeat(300)) // fails as EROFS and ENOSPC do, for any account
  const refusal = { instanceOf: Failure, message: new RegExp(folder), code: 'not_kept' }
  await t.throwsAsync(() => tooLong.alone(() => t.fail() as never), refusal)
  t.throws(() => tooLong.write(session), refusal)
  writeFileSync(`${folder}-file`, '')
  await t.throwsAsync(() => sessionStore(join(`${folder}-file`, 'mgmt'), 'local').alone(() => t.fail() as never), {
    code: 'not_kept',
  })
})

test('who waits for the lock of another hears that the time is over', async t => {
  const folder = aFolder(t)
  mkdirSync(join(folder, 'session-local.json.lock'), { recursive: true })
  const over = AbortSignal.timeout(50)
  await t.throwsAsync(() => sessionStore(folder, 'local').alone(() => t.fail() as never, over), {
    name: 'TimeoutError',
  })
})

test('the lock of one that was killed counts for half a minute, and no longer', async t => {
  const folder = aFolder(t)
  const lock = join(folder, 'session-local.json.lock')
  mkdirSync(lock, { recursive: true })
  const killedAt = Date.now() / 1_000 - 31
  utimesSync(lock, killedAt, killedAt)
  t.is(await sessionStore(folder, 'local').alone(async () => 'done', AbortSignal.timeout(5_000)), 'done')
  t.false(existsSync(lock))
})

test('the local stack follows PORT_OFFSET, and keeps its sessions apart', t => {
  t.like(contextOf({}, undefined), { name: 'local', order: 'http://127.0.0.1:8082', kafkaBrokers: '127.0.0.1:19092' })
  t.like(contextOf({ PORT_OFFSET: '1000' }, undefined), {
    name: 'local-1000',
    order: 'http://127.0.0.1:9082',
    kafkaBrokers: '127.0.0.1:20092',
  })
})

test('an address in the environment goes before the local one, a flag before both', t => {
  const env = { MGMT_ORDER_URL: 'https://orders.example', MGMT_CONTEXT: 'from-env' }
  t.like(contextOf(env, undefined), { name: 'from-env', order: 'https://orders.example' })
  t.is(contextOf(env, 'from-flag').name, 'from-flag')
})
