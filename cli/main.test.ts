import type { ServerResponse } from 'node:http'
import { slow } from '@docket/test/support/slow.ts'
import test from 'ava'
import { given, json, loggedIn, mgmt, startSession, tokenUntil, user } from '@docket/test/support/mgmt-process.ts'

test('without a session it tells how to log in, with status 4', async t => {
  const { status, stdout, stderr } = await mgmt(await given(t), ['orders', 'create', '--line', 'x=1'])
  t.is(status, 4)
  t.is(stdout, '')
  t.regex(stderr, /not logged in[\s\S]*next: mgmt login/)
})

test('under -o json a failure is an object on stderr, and stdout stays empty', async t => {
  const { status, stdout, stderr } = await mgmt(await given(t), ['orders', 'list', '-o', 'json'])
  t.is(status, 4)
  t.is(stdout, '')
  t.like(JSON.parse(stderr), { error: { code: 'not_logged_in' } })
})

const wrongUsage: [string, string[]][] = [
  ['an unknown command', ['ordres', 'list']],
  ['an unknown flag', ['orders', 'list', '--nonsense']],
  ['a missing argument', ['orders', 'show']],
  ['a line without a quantity', ['orders', 'create', '--line', 'mug']],
  ['a line of nothing', ['orders', 'create', '--line', 'mug=0']],
  ['no line at all', ['orders', 'create']],
  [
    'a price that is none',
    ['items', 'create', 'x', '--name', 'X', '--price', 'cheap', '--currency', 'EUR', '--quantity', '1'],
  ],
  ['a status that does not exist', ['orders', 'list', '--status', 'lost']],
  ['a time that is none', ['orders', 'list', '--since', 'yesterday']],
  ['a format that does not exist', ['orders', 'list', '-o', 'xml']],
  ['two beginnings', ['events', 'tail', '--from-beginning', '--tail', '5']],
  ['no arguments', []],
]
for (const [what, args] of wrongUsage) {
  test(`wrong usage ends with status 2 and says so on stderr: ${what}`, async t => {
    const setup = await loggedIn(t, (_, res) => json(res, 200, { items: [], nextCursor: null }))
    const { status, stdout, stderr } = await mgmt(setup, args)
    t.is(status, 2, stderr)
    t.is(stdout, '')
    t.not(stderr, '')
  })
}

test('without a terminal there is no prompt: the error names the flag', async t => {
  const { status, stderr } = await mgmt(await given(t), ['login', 'ada'])
  t.is(status, 2)
  t.regex(stderr, /--password-stdin/)
})

test('an unavailable service is status 5, and named', async t => {
  const setup = await loggedIn(t, () => undefined)
  setup.env.MGMT_INVENTORY_URL = 'http://127.0.0.1:1'
  const { status, stderr } = await mgmt(setup, ['items', 'list'])
  t.is(status, 5)
  t.regex(stderr, /127\.0\.0\.1:1 cannot be reached[\s\S]*mgmt status/)
})

test('a refusal shows its sentence, its fields and the request id', async t => {
  const setup = await loggedIn(t, (_, res) =>
    json(res, 422, {
      title: 'Invalid',
      detail: 'Some values are wrong.',
      code: 'invalid',
      requestId: 'req-1',
      errors: [{ path: 'lines.0.sku', message: 'must not be empty' }],
    }),
  )
  const { status, stderr } = await mgmt(setup, ['orders', 'create', '--line', 'x=1'])
  t.is(status, 1)
  t.regex(stderr, /Some values are wrong\.\n {2}lines\.0\.sku: must not be empty\n {2}next: .+\n {2}request req-1/)
})

test('a create whose answer is lost is repeated with the same key', async t => {
  let times = 0
  const setup = await loggedIn(t, (req, res) => {
    if (++times < 3) return req.socket.destroy()
    json(res, 201, {
      id: 'o',
      status: 'pending',
      lines: [],
      total: 0,
      currency: 'EUR',
      createdAt: new Date().toISOString(),
    })
  })
  const { status, stderr } = await mgmt(setup, ['orders', 'create', '--line', 'x=1', '-o', 'json'])
  t.is(status, 0, stderr)
  const keys = setup.requests.filter(one => one.url === '/orders').map(one => one.headers['idempotency-key'])
  t.is(keys.length, 3)
  t.is(new Set(keys).size, 1)
})

test('a session that is about to end is renewed by itself', async t => {
  const setup = await loggedIn(t, (_, res) => json(res, 200, user), 5)
  const { status } = await mgmt(setup, ['whoami', '-o', 'json'])
  t.is(status, 0)
  t.true(setup.requests.some(one => one.url === '/refresh' && one.headers.cookie === 'refresh_token=r1'))
})

const order = {
  id: 'o1',
  customerId: 'c',
  status: 'completed',
  lines: [],
  total: 900,
  currency: 'EUR',
  createdAt: new Date().toISOString(),
  timeline: [],
}

test('orders watch renews a session that the services refuse, once', async t => {
  let streams = 0
  const setup = await loggedIn(t, (req, res) => {
    if (!req.url?.endsWith('/stream')) return json(res, 200, order)
    if (++streams % 2 === 1) return json(res, 401, { code: 'revoked', detail: 'This token is revoked.' })
    const step = { at: order.createdAt, event: 'order.completed', service: 'order-service' }
    res.writeHead(200, { 'content-type': 'text/event-stream' }).end(`id: 1\ndata: ${JSON.stringify(step)}\n\n`)
  })
  const { status, stderr } = await mgmt(setup, ['orders', 'watch', 'o1'])
  t.is(status, 0, stderr)
  t.is(setup.requests.filter(one => one.url === '/refresh').length, 1)
})

for (const [when, begin] of [
  ['before its answer', () => undefined],
  [
    'within its answer',
    (res: ServerResponse) => res.writeHead(200, { 'content-type': 'application/json' }).flushHeaders(),
  ],
] as const)
  test(`a service that is silent ${when} is named after 3 s`, async t => {
    slow(t, 9, 'a service is silent for 8 s')
    const setup = await loggedIn(t, (_, res) => {
      begin(res)
      setTimeout(() => (res.headersSent ? res.end(JSON.stringify(user)) : json(res, 200, user)), 8_000)
    })
    const { status, stderr } = await mgmt(setup, ['whoami'])
    t.is(status, 0)
    t.is(stderr, `waiting for user-service at ${setup.url} to answer\n`)
  })

for (const [final, expected] of [
  ['completed', 0],
  ['rejected', 3],
  ['cancelled', 3],
] as const) {
  test(`orders create --wait ends with ${expected} when the order is ${final}, also after a lost stream`, async t => {
    let streams = 0
    const setup = await loggedIn(t, (req, res) => {
      if (req.method === 'POST') return json(res, 201, { ...order, status: 'pending' })
      if (!req.url?.endsWith('/stream')) return json(res, 200, { ...order, status: streams > 1 ? final : 'pending' })
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      const step = (id: number, event: string) =>
        res.write(
          `id: ${id}\nevent: ${event}\ndata: ${JSON.stringify({ at: new Date().toISOString(), event, service: 'order-service' })}\n\n`,
        )
      if (++streams === 1) {
        step(1, 'order.created')
        return void setImmediate(() => res.destroy())
      }
      t.is(req.headers['last-event-id'], '1')
      step(2, `order.${final}`)
      res.end()
    })
    const { status, stdout, stderr } = await mgmt(setup, [
      'orders',
      'create',
      '--line',
      'x=1',
      '--wait',
      '-o',
      'json',
      '--timeout',
      '30s',
    ])
    t.is(status, expected, stderr)
    t.is((JSON.parse(stdout) as { status: string }).status, final)
    t.regex(stderr, /order\.created[\s\S]*order\./)
  })
}

test('a watch whose connection is lost misses no step and shows none twice, though the order has ended meanwhile', async t => {
  const all = ['order.created', 'stock.reserved', 'payment.succeeded', 'order.completed']
  const setup = await loggedIn(t, (req, res) => {
    if (!req.url?.endsWith('/stream')) return json(res, 200, order)
    const since = Number(req.headers['last-event-id'] ?? 0)
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    for (const [at, event] of all.entries()) {
      if (at >= since && at < since + 2)
        res.write(
          `id: ${at + 1}\nevent: ${event}\ndata: ${JSON.stringify({ at: new Date().toISOString(), event, service: 'x' })}\n\n`,
        )
    }
    if (since === 0) setTimeout(() => res.destroy(), 50)
    else res.end()
  })
  const { status, stdout, stderr } = await mgmt(setup, ['orders', 'watch', 'o1', '-o', 'json', '--timeout', '30s'])
  t.is(status, 0, stderr)
  t.deepEqual(
    (JSON.parse(stdout) as { event: string }[]).map(({ event }) => event),
    all,
  )
})

test('a watch whose stream ends with its token goes on with a new one, without a gap', async t => {
  const steps = ['order.created', 'stock.reserved', 'order.completed'].map((event, at) => ({
    id: String(at + 1),
    text: `id: ${at + 1}\nevent: ${event}\ndata: ${JSON.stringify({ at: '2026-01-31T12:00:00.000Z', event, service: 's' })}\n\n`,
  }))
  let opened = 0
  const setup = await loggedIn(t, (req, res) => {
    if (!req.url?.endsWith('/stream')) return json(res, 200, { ...order, status: opened < 3 ? 'pending' : 'completed' })
    opened++
    if (opened === 2) return json(res, 401, { code: 'not_logged_in', detail: 'The session has ended; log in again.' })
    res.writeHead(200, { 'content-type': 'text/event-stream' })
    const since = Number(req.headers['last-event-id'] ?? 0)
    const end = opened === 1 ? 1 : 3
    res.end(
      steps
        .slice(since, end)
        .map(({ text }) => text)
        .join(''),
    )
  })
  const { status, stdout, stderr } = await mgmt(setup, ['orders', 'watch', order.id, '-o', 'jsonl'])
  t.is(status, 0, stderr)
  t.deepEqual(
    stdout
      .trim()
      .split('\n')
      .map(line => (JSON.parse(line) as { event: string }).event),
    ['order.created', 'stock.reserved', 'order.completed'],
  )
  t.is(setup.requests.filter(({ url }) => url === '/refresh').length, 1)
})

test('a watch ends with status 4 when there is no new token', async t => {
  const setup = await given(t, (req, res) => {
    if (req.url === '/login')
      return json(res, 200, user, {
        'set-cookie': [`access_token=${tokenUntil(900)}; HttpOnly`, 'refresh_token=r1; HttpOnly'],
      })
    json(res, 401, { code: 'not_logged_in', detail: 'The session has ended; log in again.' })
  })
  await mgmt(setup, ['login', 'ada', '--password-stdin'], 'secret\n')
  const { status, stderr } = await mgmt(setup, ['orders', 'watch', order.id])
  t.is(status, 4)
  t.regex(stderr, /session is over[\s\S]*mgmt login ada/)
})

test('a login that is one too many at this moment is sent again when the service says so', async t => {
  let logins = 0
  const setup = await given(t, (_, res) => {
    if (++logins > 1) return startSession(res)
    res.setHeader('retry-after', '1')
    json(res, 429, { status: 429, code: 'too_many_requests', detail: '4 of your requests are under way.' })
  })
  const { status, stderr } = await mgmt(setup, ['login', 'ada', '--password-stdin'], 'secret\n')
  t.is(status, 0, stderr)
  t.is(logins, 2)
})

test('who does not want to wait any longer gets status 124', async t => {
  const setup = await loggedIn(t, (req, res) => {
    if (req.method === 'POST') return json(res, 201, { ...order, status: 'pending' })
    if (!req.url?.endsWith('/stream')) return json(res, 200, { ...order, status: 'pending' })
    res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders()
  })
  const { status, stderr } = await mgmt(setup, ['orders', 'create', '--line', 'x=1', '--wait', '--timeout', '300ms'])
  t.is(status, 124, stderr)
})

const lists: [string[], string][] = [
  [['orders', 'list'], 'no orders'],
  [['items', 'list'], 'no items'],
  [['users', 'list'], 'no users'],
]
for (const [args, empty] of lists) {
  test(`${args.join(' ')} prints a table, one JSON array, or a line each`, async t => {
    const setup = await loggedIn(t, (_, res) => json(res, 200, { items: [], nextCursor: null }))
    t.is((await mgmt(setup, args)).stdout, `${empty}\n`)
    t.deepEqual(JSON.parse((await mgmt(setup, [...args, '-o', 'json'])).stdout), [])
    t.is((await mgmt(setup, [...args, '-o', 'jsonl'])).stdout, '')
  })
}

test('a list goes on to the next page until it has enough', async t => {
  const setup = await loggedIn(t, (req, res) => {
    const after = new URL(req.url ?? '', 'http://x').searchParams.get('cursor')
    json(res, 200, { items: [{ ...user, username: after ? 'b' : 'a' }], nextCursor: after ? null : 'a' })
  })
  const { stdout } = await mgmt(setup, ['users', 'list', '-o', 'jsonl'])
  t.deepEqual(
    stdout
      .trim()
      .split('\n')
      .map(line => (JSON.parse(line) as { username: string }).username),
    ['a', 'b'],
  )
})

test('a list that is longer than a page is shown whole', async t => {
  const total = 1_200
  const setup = await loggedIn(t, (req, res) => {
    const query = new URL(req.url ?? '', 'http://x').searchParams
    const [from, limit] = [Number(query.get('cursor') ?? 0), Number(query.get('limit'))]
    const count = Math.min(limit, total - from)
    const items = Array.from({ length: count }, (_, n) => ({ ...user, username: `user-${from + n}` }))
    json(res, 200, { items, nextCursor: from + count < total ? String(from + count) : null })
  })
  const listed = async (...args: string[]) =>
    (JSON.parse((await mgmt(setup, ['users', 'list', '-o', 'json', ...args])).stdout) as unknown[]).length
  t.is(await listed('--limit', '1100'), 1_100)
  t.is(await listed('--limit', '5000'), total)
})

test('status shows what is unavailable, with status 5', async t => {
  const setup = await given(t)
  for (const name of Object.keys(setup.env)) if (name.endsWith('_URL')) setup.env[name] = 'http://127.0.0.1:1'
  const { status, stdout } = await mgmt(setup, ['status'])
  t.is(status, 5)
  t.regex(stdout, /order-service +unavailable/)
  t.regex(stdout, /Kafka +unavailable at 127\.0\.0\.1:1/)
})

for (const args of [['--help'], ['orders', '--help'], ['orders', 'create', '--help'], ['help'], ['--version']]) {
  test(`mgmt ${args.join(' ')} prints to stdout and ends with 0`, async t => {
    const { status, stdout } = await mgmt(await given(t), args)
    t.is(status, 0)
    t.not(stdout, '')
  })
}
