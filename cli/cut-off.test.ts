import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { anOrder, answered, services } from '@docket/test/support/mgmt-formats.ts'
import {
  given,
  inShell,
  json,
  loggedIn,
  main,
  mgmt,
  startSession,
  type Answer,
} from '@docket/test/support/mgmt-process.ts'
import { caseOf, samples } from '@docket/test/support/mgmt-samples.ts'
import { slow } from '@docket/test/support/slow.ts'
import { until } from '@docket/test/support/until.ts'

// An interrupted change must report the truth: what was done, what was not, what is unknown, and how to proceed.

/** These change only local files or a session, or are tested below. */
const without = ['login', 'context use', 'context set', 'drill']

const changing = samples.filter(
  ({ command, changesThings, needs }) => changesThings && !needs && !without.includes(command),
)

for (const sample of changing)
  test.serial(
    `mgmt ${sample.command} says how things are and how to go on when it is interrupted, also with --quiet`,
    async t => {
      let isSent = false
      const setup = await loggedIn(t, (req, res) => {
        if (req.method === 'GET') services(req, res)
        else isSent = true // never answered
      })
      const { args, files } = caseOf(sample, { ...answered, HOME: setup.home })
      for (const [name, text] of Object.entries(files)) writeFileSync(join(setup.home, name), text)
      const words = [...sample.command.split(' '), ...args, '-q']
      // these two need the session's own answers
      const env =
        sample.command === 'signup'
          ? { ...setup.env, MGMT_USER_URL: (await silent(t, () => (isSent = true))).url }
          : setup.env
      const child = spawn(process.execPath, [main, ...words], { env: { PATH: process.env.PATH, ...env } })
      let told = ''
      child.stderr.on('data', chunk => {
        told += chunk
      })
      await until('it is sent', async () => isSent)
      child.kill('SIGINT')
      const [status] = (await once(child, 'close')) as [number | null]
      t.is(status, 130)
      t.regex(told, /not known/)
      t.regex(told, /safe to repeat|creates nothing twice|see (what|which|with|it)/)
    },
  )

const silent = (t: Parameters<typeof given>[0], onRequest: () => void) => given(t, onRequest)

const underWay: Answer = (req, res) => {
  if (!req.url?.endsWith('/stream')) return json(res, 201, { ...anOrder, status: 'pending' })
  res.writeHead(200, { 'content-type': 'text/event-stream' })
  res.write(
    'id: 1\nevent: order.created\ndata: {"at":"2026-01-31T12:00:00.000Z","event":"order.created","service":"x"}\n\n',
  )
}

test('who is kept from waiting for an order hears that it was created, also with --quiet', async t => {
  slow(t, 8, 'the first is kept by its time limit')
  const setup = await loggedIn(t, underWay)
  const args = ['orders', 'create', '--line', 'mug=1', '--wait', '-q']
  const { status, stderr } = await mgmt(setup, [...args, '--timeout', '6s'])
  t.is(status, 124)
  const truth = new RegExp(
    `Order ${anOrder.id} was created, and goes on by itself\\.\\s+(next: )?watch it with: mgmt orders watch ${anOrder.id}`,
  )
  t.regex(stderr, truth)
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env.PATH, ...setup.env } })
  const before = setup.requests.length
  let told = ''
  child.stderr.on('data', chunk => {
    told += chunk
  })
  await until('it waits', async () => setup.requests.slice(before).some(({ url }) => url?.endsWith('/stream')))
  child.kill('SIGINT')
  t.deepEqual(await once(child, 'close'), [130, null])
  t.regex(told, truth)
})

test('an answer that breaks off, and one that is none, leave open what was done', async t => {
  const half: Answer = (_, res) => {
    res.writeHead(200, { 'content-type': 'application/json', 'content-length': '100' })
    res.write('{')
    setTimeout(() => res.destroy(), 100)
  }
  const broken = await mgmt(await loggedIn(t, half), ['sessions', 'revoke', 'S'])
  t.is(broken.status, 5)
  t.regex(broken.stderr, /Whether the session was ended is not known/)
  const strange: Answer = (_, res) => void res.writeHead(200, { 'content-type': 'application/json' }).end('{')
  const { status, stderr } = await mgmt(await loggedIn(t, strange), [
    'items',
    'adjust',
    'mug',
    '--by',
    '1',
    '--reason',
    'x',
  ])
  t.is(status, 1)
  t.regex(stderr, /Whether the stock was changed is not known\.\n.*--idempotency-key/)
})

test('a logout that the service refuses is none: the session is still there', async t => {
  let isReady = false
  const setup = await loggedIn(t, (req, res) => {
    if (req.url === '/logout' && !isReady) return json(res, 503, { code: 'unavailable', detail: 'Not now.' })
    services(req, res)
  })
  t.like(await mgmt(setup, ['logout']), { status: 5 })
  t.is((await mgmt(setup, ['whoami'])).status, 0)
  isReady = true
  t.is((await mgmt(setup, ['logout'])).status, 0)
  t.is((await mgmt(setup, ['whoami'])).status, 4)
})

test('what was done is told though its session cannot be kept', async t => {
  const setup = await given(t, (_, res) => startSession(res))
  setup.env.XDG_CONFIG_HOME = '/dev/null'
  const signup = await mgmt(setup, ['signup', 'ada', '--password-stdin'], 'secret\n')
  t.is(signup.status, 1)
  t.regex(signup.stderr, /There is an account ada now\. Nothing can be kept[^]*then: mgmt login ada/)
  const file = join(setup.home, 'new')
  writeFileSync(file, 'battery staple')
  const login = await mgmt(setup, ['login', 'ada', '--password-stdin', '--new-password-file', file], 'once\n')
  t.regex(login.stderr, /The new password is good from now on\. Nothing can be kept/)

  const changing = await loggedIn(t, (_, res) => {
    rmSync(join(changing.home, 'mgmt'), { recursive: true })
    writeFileSync(join(changing.home, 'mgmt'), '')
    startSession(res)
  })
  const change = await mgmt(changing, ['password', 'change', '--password-stdin'], 'secret\nanother one\n')
  t.is(change.status, 1)
  t.regex(change.stderr, /The password was changed\. Nothing can be kept[^]*then: mgmt login ada/)
})

test('a session is not renewed where there is no room for the new one: the old one would be used up', async t => {
  let renewals = 0
  const setup = await given(t, (req, res) => {
    if (req.url === '/refresh') renewals++
    startSession(res, req.url === '/refresh' ? 900 : -1)
  })
  t.is((await mgmt(setup, ['login', 'ada', '--password-stdin'], 'secret\n')).status, 0)
  // no file may grow at all, as if the disk were full
  const { status, stderr } = await inShell(setup, 'ulimit -f 0; exec "$@"', ['orders', 'list'])
  t.is(status, 1)
  t.regex(stderr, /Nothing can be kept in /)
  t.is(renewals, 0)
})

test('a password for one use that nobody has read is told, and made anew by the next one', async t => {
  const setup = await loggedIn(t, services)
  const { status, stderr } = await inShell(setup, '"$@" | true; exit "${PIPESTATUS[0]}"', [
    'users',
    'reset-password',
    'ada',
  ])
  t.is(status, 6)
  t.regex(stderr, /ada has another password now, and nobody has read it\.\n {2}next: repeat/)
})

test('a resend that runs out of time is no refusal of the services', async t => {
  slow(t, 7, 'that is its time limit')
  const setup = await loggedIn(t, (req, res) => (req.method === 'GET' ? services(req, res) : undefined))
  const { status, stderr } = await mgmt(setup, ['orders', 'resend', anOrder.id, '--force', '--timeout', '6s'])
  t.is(status, 124)
  t.regex(stderr, /Which services have published again is not known\.\n.*safe to repeat/)
})

test('orders that were cancelled before one was refused are told, and printed', async t => {
  let requested = 0
  const ids = [1, 2, 3, 4, 5].map(at => `01981b2c-7d3e-7a10-8c4f-00000000000${at}`)
  const setup = await loggedIn(t, (req, res) => {
    if (req.method === 'GET') return json(res, 200, { items: ids.map(id => ({ ...anOrder, id })), nextCursor: null })
    if (++requested > 3) return json(res, 403, { code: 'wrong_role', detail: 'Only operators may do this.' })
    json(res, 200, { ...anOrder, id: req.url?.split('/')[2] })
  })
  const { status, stdout, stderr } = await mgmt(setup, ['orders', 'cancel', '--all', '--yes', '-o', 'jsonl', '-q'])
  t.is(status, 4)
  t.is(stdout.trim().split('\n').length, 3)
  t.regex(stderr, /3 of 5 are cancelled, 0 could not be, 2 are as they were\./)
})
