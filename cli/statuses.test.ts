import test from 'ava'
import { json, loggedIn, mgmt, type Answer } from '@docket/test/support/mgmt-process.ts'
import { version } from './version.ts'

// Scripts rely on these exit statuses: docs/cli.md, mgmt help exit-codes.

const order = { id: 'o1', customerId: 'c', lines: [], total: 100, currency: 'EUR', createdAt: new Date().toISOString() }

for (const [end, expected] of [
  ['completed', 0],
  ['rejected', 3],
  ['cancelled', 3],
] as const)
  test(`a watch of an order that is ${end} ends with ${expected}`, async t => {
    const setup = await loggedIn(t, (req, res) => {
      if (!req.url?.endsWith('/stream')) return json(res, 200, { ...order, status: end })
      const step = { at: new Date().toISOString(), event: `order.${end}`, service: 'order-service' }
      res.writeHead(200, { 'content-type': 'text/event-stream' })
      res.end(`id: 1\nevent: ${step.event}\ndata: ${JSON.stringify(step)}\n\n`)
    })
    t.is((await mgmt(setup, ['orders', 'watch', 'o1'])).status, expected)
  })

const refund = {
  id: 'r1',
  orderId: 'o1',
  amount: 100,
  requested: 100,
  currency: 'EUR',
  reason: 'goodwill',
  createdAt: new Date().toISOString(),
  updatedAt: new Date().toISOString(),
}

for (const [status, expected] of [
  ['given', 0],
  ['failed', 3],
] as const)
  test(`a refund that is waited for and is ${status} ends with ${expected}`, async t => {
    let reads = 0
    const setup = await loggedIn(t, (req, res) => {
      if (req.url?.startsWith('/payments')) return json(res, 200, { currency: 'EUR' })
      json(res, 200, { ...refund, status: req.method === 'GET' && ++reads > 1 ? status : 'due' })
    })
    const args = ['refunds', 'create', 'o1', '--amount', '1.00', '--reason', 'late', '--wait']
    t.is((await mgmt(setup, args)).status, expected)
    t.is(reads, 2)
  })

for (const [answered, expected] of [
  [403, 4],
  [404, 1],
  [409, 1],
  [422, 1],
  [500, 1],
  [502, 5],
  [503, 5],
  [504, 5],
] as const)
  test(`a service that answers ${answered} ends a command with ${expected}`, async t => {
    const setup = await loggedIn(t, (_, res) => json(res, answered, { code: 'no', detail: 'No.' }))
    t.is((await mgmt(setup, ['orders', 'show', 'o1'])).status, expected)
  })

const resending =
  (status: 200 | 404 | 503): Answer =>
  (req, res) => {
    if (req.method === 'GET') return json(res, 200, { ...order, status: 'pending' })
    if (status === 200) return json(res, 200, { type: 'order.created', id: 'e', sequence: 1, time: order.createdAt })
    json(res, status, { code: status === 404 ? 'nothing_to_resend' : 'unavailable', detail: 'No.' })
  }

for (const [what, status, expected] of [
  ['every service has published again', 200, 0],
  ['no service has anything to publish', 404, 0],
  ['a service cannot be asked', 503, 1],
] as const)
  test(`a resend ends with ${expected} when ${what}`, async t => {
    const setup = await loggedIn(t, resending(status))
    t.is((await mgmt(setup, ['orders', 'resend', 'o1'])).status, expected)
  })

async function aDoctor(
  t: Parameters<typeof loggedIn>[0],
  { aheadMs = 0, release = version, showsDetails = true, isCounted = true, stolen = [] as { username: string }[] } = {},
) {
  const setup = await loggedIn(t, (req, res) => {
    const date = new Date(Date.now() + aheadMs).toUTCString()
    if (req.url === '/readyz')
      return json(
        res,
        200,
        {
          status: 'ready',
          ...(showsDetails && {
            service: 's',
            version: release,
            uptimeSeconds: 1,
            checks: { database: { ok: true }, ...(!isCounted && { outbox: { ok: false, detail: 'no answer' } }) },
            outbox: { rows: 0, oldestSeconds: 0 },
          }),
        },
        { date },
      )
    if (req.url === '/sessions/ended-for-reuse') return json(res, 200, { items: stolen, nextCursor: null })
    if (req.url === '/provider') return json(res, 200, { breaker: 'closed', stuck: 0 })
    json(res, 200, { items: [], nextCursor: null, username: 'ada', role: 'operator' })
  })
  const { status, stdout } = await mgmt(setup, ['doctor', '-o', 'json'])
  const checks = JSON.parse(stdout) as { name: string; ok: boolean; text: string }[]
  return { status, check: (name: string) => checks.find(one => one.name === name) }
}

test('the doctor ends with 5 when something cannot be reached, whatever else is wrong', async t => {
  const { status, check } = await aDoctor(t)
  t.is(status, 5)
  t.false(check('Kafka')?.ok)
  t.like(check('clocks'), { ok: true })
  t.like(check('versions'), { ok: true, text: version })
})

test('the doctor does not take an outbox that could not be counted for an empty one', async t => {
  const { check } = await aDoctor(t, { isCounted: false })
  t.like(check('outboxes'), { ok: false })
  t.regex(check('outboxes')?.text ?? '', /: it could not be counted, no answer/)
})

test('the doctor says who sees what services do not show to a customer', async t => {
  const { check } = await aDoctor(t, { showsDetails: false })
  for (const name of ['order-service', 'outboxes', 'outbox modes'])
    t.regex(check(name)?.text ?? '', /shown to operators and observers: mgmt login USERNAME/, name)
  t.true(check('order-service')?.ok)
})

for (const [aheadMs, words] of [
  [60_000, /ahead/],
  [-60_000, /behind/],
] as const)
  test(`the doctor sees a clock that is ${aheadMs} ms ahead`, async t => {
    const { check } = await aDoctor(t, { aheadMs })
    t.false(check('clocks')?.ok)
    t.regex(check('clocks')?.text ?? '', words)
  })

test('the doctor sees services of one version that is not that of mgmt', async t => {
  const { check } = await aDoctor(t, { release: '9.9.9' })
  t.false(check('versions')?.ok)
  t.regex(check('versions')?.text ?? '', /9\.9\.9/)
})

test('the doctor names whose session was stolen', async t => {
  t.true((await aDoctor(t)).check('stolen sessions')?.ok)
  const { check } = await aDoctor(t, { stolen: [{ username: 'ada' }, { username: 'ada' }, { username: 'ben' }] })
  t.false(check('stolen sessions')?.ok)
  t.regex(check('stolen sessions')?.text ?? '', /^3 ended .*: ada, ben$/)
})
