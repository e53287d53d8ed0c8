import { globSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { json, loggedIn, given, mgmt, tokenUntil, type Answer } from '@docket/test/support/mgmt-process.ts'
import { slow } from '@docket/test/support/slow.ts'

// Users read these texts, so each class of failure (what happened, why, what to do next, the request id) is kept
// verbatim in errors/; UPDATE_ERRORS=1 rewrites it.

const problem =
  (status: number, more: object): Answer =>
  (_, res) =>
    json(res, status, { status, requestId: '01981b2c-0000-7a10-8c4f-00000000req1', ...more })

interface Case {
  args: string[]
  status: number
  answer?: Answer
  isLoggedOut?: boolean
  tokenSeconds?: number
  role?: string
  stdin?: string
  env?: Record<string, string>
}

const anOrder = '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23'

const cases: Record<string, Case> = {
  'unknown-command': { args: ['ordres', 'list'], status: 2 },
  'unknown-flag': { args: ['orders', 'list', '--statsu', 'pending'], status: 2 },
  'wrong-value': { args: ['orders', 'list', '--since', 'yesterday'], status: 2 },
  'unknown-field': {
    args: ['users', 'list', '--fields', 'username,colour'],
    status: 2,
    answer: (_, res) => json(res, 200, { items: [{ id: '1', username: 'ada', role: 'customer' }], nextCursor: null }),
  },
  'no-terminal': { args: ['login', 'ada'], status: 2 },
  'wrong-rows': { args: ['orders', 'import', '-'], stdin: 'sku,quantity\nmug,none\n,1\n', status: 2 },
  'not-logged-in': { args: ['orders', 'list'], status: 4, isLoggedOut: true },
  'not-allowed': {
    args: ['users', 'list'],
    status: 4,
    answer: problem(403, { code: 'wrong_role', detail: 'Only operators may do this.' }),
  },
  'not-found': {
    args: ['orders', 'show', 'x'],
    status: 1,
    answer: problem(404, { code: 'not_found', detail: 'There is no such order, or it is not yours.' }),
  },
  conflict: {
    args: ['orders', 'cancel', 'x'],
    status: 1,
    answer: problem(409, {
      code: 'already_accepted',
      detail: 'The order has been accepted and is on its way; it can no longer be cancelled.',
    }),
  },
  'no-such-shipment': {
    args: ['shipments', 'show', 'x'],
    status: 1,
    answer: problem(404, { code: 'not_found', detail: 'There is no such shipment, or it is not yours.' }),
  },
  'not-in-shipment': {
    args: ['shipments', 'dispatch', 'x', '--line', 'mug=9'],
    status: 1,
    answer: problem(409, { code: 'not_in_shipment', detail: 'The shipment has not that many pieces of mug.' }),
  },
  'not-open': {
    args: ['shipments', 'delivered', 'x'],
    status: 1,
    answer: problem(409, { code: 'shipment_open', detail: 'The shipment is open: it has not left.' }),
  },
  'wrong-fields': {
    args: ['orders', 'create', '--line', 'x=1'],
    status: 1,
    answer: problem(422, {
      code: 'invalid',
      detail: 'Some values are wrong.',
      errors: [{ path: 'lines.0.sku', message: 'must not be \u001b[2Jempty' }],
    }),
  },
  'too-late': {
    args: ['orders', 'create', '--line', 'x=1', '--timeout', '600ms'],
    status: 124,
    answer: () => undefined,
  },
  'lost-answer': { args: ['orders', 'create', '--line', 'x=1'], status: 5, answer: req => void req.socket.destroy() },
  'key-reused': {
    args: ['orders', 'create', '--line', 'x=1', '--idempotency-key', 'k1'],
    status: 1,
    answer: problem(422, { code: 'idempotency_key_reused', detail: 'This key was used for another request.' }),
  },
  'sku-taken': {
    args: ['items', 'create', 'x', '--name', 'X', '--price', '1.00', '--currency', 'EUR', '--quantity', '1'],
    status: 1,
    answer: problem(409, { code: 'sku_taken', detail: 'There is an item x already.' }),
  },
  'insufficient-stock': {
    args: ['items', 'adjust', 'x', '--by', '-9', '--reason', 'lost'],
    status: 1,
    answer: problem(409, { code: 'insufficient_stock', detail: 'Only 5 are available.' }),
  },
  'wrong-password': {
    args: ['login', 'ada', '--password-stdin'],
    stdin: 'guess\n',
    status: 4,
    isLoggedOut: true,
    answer: problem(401, { code: 'wrong_credentials', detail: 'The name or the password is wrong.' }),
  },
  'password-for-one-use': {
    args: ['login', 'ada', '--password-stdin'],
    stdin: 'abcde-fghjk-mnpqr-stuvw\n',
    status: 4,
    isLoggedOut: true,
    answer: problem(403, {
      code: 'new_password_required',
      detail: 'This one-time password can only be used to choose a new one.',
    }),
  },
  'account-disabled': {
    args: ['login', 'ada', '--password-stdin'],
    stdin: 'secret\n',
    status: 4,
    isLoggedOut: true,
    answer: problem(403, {
      code: 'account_disabled',
      detail: 'This account is disabled; an operator can enable it.',
    }),
  },
  'one-password-only': { args: ['password', 'change', '--password-stdin'], stdin: 'secret\n', status: 2 },
  'no-such-user': {
    args: ['users', 'disable', 'ada'],
    status: 1,
    answer: (_, res) => json(res, 200, { items: [], nextCursor: null }),
  },
  'not-there-to-watch': {
    args: ['orders', 'watch', 'x'],
    status: 1,
    answer: problem(404, { code: 'not_found', detail: 'There is no such order, or it is not yours.' }),
  },
  'not-understood': {
    args: ['items', 'list'],
    status: 1,
    answer: problem(415, { code: 'unsupported_media_type', detail: 'Send JSON.' }),
  },
  'broken-json': {
    args: ['items', 'list'],
    status: 1,
    answer: (_, res) => void res.writeHead(200, { 'content-type': 'application/json' }).end('{'),
  },
  'no-file': { args: ['orders', 'import', 'nowhere.csv'], status: 2 },
  'too-many': {
    args: ['items', 'list'],
    status: 1,
    answer: problem(429, { code: 'too_many_requests', detail: 'Too many requests.' }),
  },
  'service-not-ready': {
    args: ['items', 'list'],
    status: 5,
    answer: problem(503, { code: 'unavailable', detail: 'The database is unavailable.' }),
  },
  'service-unavailable': { args: ['items', 'list'], status: 5, env: { MGMT_INVENTORY_URL: 'http://127.0.0.1:1' } },
  'kafka-unavailable': { args: ['events', 'topics'], status: 5 },
  'broken-answer': {
    args: ['items', 'list'],
    status: 1,
    answer: (_, res) => void res.writeHead(500, { 'content-type': 'text/html' }).end('<h1>oops</h1>'),
  },
  'timed-out': {
    args: ['orders', 'watch', 'x', '--timeout', '600ms'],
    status: 124,
    answer: (_, res) => res.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders(),
  },
  'breaks-contract': {
    args: ['events', 'send', 'stock.reserved', '--data', '{"orderId": "x", "total": 9, "currency": "EUR"}'],
    status: 2,
  },
  'wrong-key': {
    args: ['events', 'send', 'order.completed', '--data', `{"orderId": "${anOrder}"}`, '--key', 'another'],
    status: 2,
  },
  'not-for-customers': {
    args: ['board', '--no-open'],
    status: 4,
    tokenSeconds: 600,
    role: 'customer',
  },
  'not-for-developers': {
    args: ['users', 'list'],
    status: 4,
    tokenSeconds: 60,
    answer: problem(401, { code: 'not_logged_in', detail: 'The session has ended; log in again.' }),
  },
  'development-token-ended': { args: ['items', 'list'], status: 4, tokenSeconds: -1 },
  'no-drills-here': { args: ['drill', 'out-of-stock'], status: 4, env: { MGMT_ORDER_URL: 'https://orders.example' } },
  'unknown-context': { args: ['context', 'use', 'stagign'], status: 2 },
}

const file = (name: string) => new URL(`${name}.txt`, import.meta.url)

for (const [
  name,
  { args, status, answer = problem(404, { code: 'not_found' }), isLoggedOut, tokenSeconds, role, stdin, env },
] of Object.entries(cases)) {
  test.serial(`a failure says what happened and what to do: ${name}`, async t => {
    if (name === 'lost-answer')
      slow(t, 6, 'mgmt sends the order again under its key for three seconds, and the test runs it twice')
    const setup = isLoggedOut ? await given(t, answer) : await loggedIn(t, answer)
    Object.assign(setup.env, env)
    if (tokenSeconds !== undefined) {
      const [session = 'none'] = globSync(join(setup.home, 'mgmt', 'session-*.json'))
      const accessToken = tokenUntil(tokenSeconds)
      const kept = {
        username: 'dev-operator',
        role: role ?? 'operator',
        accessToken,
        expiresAt: Date.now() + tokenSeconds * 1_000,
      }
      writeFileSync(session, JSON.stringify(kept))
    }
    const ended = await mgmt(setup, args, stdin)
    const context = /at-[0-9a-f]{8}/g
    const transcript = `$ mgmt ${args.join(' ')}\n${ended.stderr
      .replaceAll(setup.url, 'http://SERVICE')
      .replaceAll(context, 'at-ADDRESS')
      .replaceAll(/--idempotency-key [0-9a-f-]{36}/g, '--idempotency-key KEY')
      .replaceAll(/^waiting for .*\n/gm, '')}exit status ${ended.status}\n`
    if (process.env.UPDATE_ERRORS) writeFileSync(file(name), transcript)
    t.is(ended.status, status, ended.stderr)
    t.is(ended.stdout, '')
    t.is(transcript, readFileSync(file(name), 'utf8'))
    const asJson = await mgmt(setup, [...args, '-o', 'json'], stdin)
    const last = asJson.stderr.trim().split('\n').at(-1) ?? ''
    t.is(typeof (JSON.parse(last) as { error: { code: string } }).error.code, 'string')
  })
}
