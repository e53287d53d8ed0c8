import { existsSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { json, loggedIn, mgmt, type Answer } from '@docket/test/support/mgmt-process.ts'

const lines = (count: number) =>
  `sku,quantity\n${Array.from({ length: count }, (_, at) => `mug,${at + 1}`).join('\n')}\n`

/** An order service that knows idempotency keys, and answers with 503 or 422 when `refuses` says so. */
function orderService(refuses: (key: string, attempt: number) => number | undefined = () => undefined) {
  const [orders, attempts] = [new Map<string, string>(), new Map<string, number>()]
  const answer: Answer = (req, res) => {
    const key = String(req.headers['idempotency-key'])
    attempts.set(key, (attempts.get(key) ?? 0) + 1)
    const no = refuses(key, attempts.get(key) ?? 0)
    if (no !== undefined)
      return json(res, no, { status: no, code: no === 503 ? 'unavailable' : 'invalid', detail: 'No.' })
    if (!orders.has(key)) orders.set(key, `order-${orders.size}`)
    json(res, 201, { id: orders.get(key), status: 'pending' })
  }
  return { orders, attempts, answer }
}

test('an import has a result for each row, and none is created twice however often it is repeated', async t => {
  const service = orderService()
  const setup = await loggedIn(t, service.answer)
  const file = join(setup.home, 'orders.csv')
  writeFileSync(file, lines(30))
  const first = await mgmt(setup, ['orders', 'import', file, '-o', 'json'])
  t.is(first.status, 0, first.stderr)
  t.is((JSON.parse(first.stdout) as { state: string }[]).filter(({ state }) => state === 'done').length, 30)
  const again = await mgmt(setup, ['orders', 'import', file, '-o', 'json'])
  t.is((JSON.parse(again.stdout) as { state: string }[]).filter(({ state }) => state === 'skipped').length, 30)
  // as if the results were lost
  await mgmt(setup, ['orders', 'import', file, '--results', join(setup.home, 'elsewhere')])
  t.is(service.orders.size, 30)
  t.is(readFileSync(`${file}.results.jsonl`, 'utf8').trim().split('\n').length, 30)
})

test('a file with another content is another import: the results of the one before say nothing about it', async t => {
  const service = orderService()
  const setup = await loggedIn(t, service.answer)
  const file = join(setup.home, 'orders.csv')
  writeFileSync(file, lines(2))
  await mgmt(setup, ['orders', 'import', file])
  writeFileSync(file, lines(3))
  t.regex((await mgmt(setup, ['orders', 'import', file])).stderr, /3 orders are in, 0 were in before/)
  t.is(service.orders.size, 5)
})

test('one wrong row, and nothing is sent', async t => {
  const service = orderService()
  const setup = await loggedIn(t, service.answer)
  const { status, stdout, stderr } = await mgmt(setup, ['orders', 'import', '-'], `${lines(3)}mug,none\n`)
  t.is(status, 2)
  t.is(stdout, '')
  t.regex(stderr, /1 of 4 rows are wrong\. Nothing was sent\.\n {2}row 4 quantity: must be a whole number/)
  t.is(service.attempts.size, 0)
})

test("a request to a temporarily unavailable service is retried under the same key; a refusal is the row's result", async t => {
  const service = orderService((key, attempt) =>
    key.endsWith(':2') && attempt < 3 ? 503 : key.endsWith(':3') ? 422 : undefined,
  )
  const setup = await loggedIn(t, service.answer)
  const { status, stdout, stderr } = await mgmt(setup, ['orders', 'import', '-', '-o', 'jsonl'], lines(4))
  t.is(status, 1, stderr)
  const states = Object.fromEntries(
    stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { row: number; state: string })
      .map(({ row, state }) => [row, state]),
  )
  t.deepEqual(states, { 1: 'done', 2: 'done', 3: 'failed', 4: 'done' })
  t.regex(stderr, /3 orders are in, 0 were in before, 1 failed/)
  t.is(service.orders.size, 3)
})

test('--dry-run only checks', async t => {
  const service = orderService()
  const setup = await loggedIn(t, service.answer)
  const file = join(setup.home, 'orders.csv')
  writeFileSync(file, lines(3))
  t.is((await mgmt(setup, ['orders', 'import', file, '--dry-run'])).status, 0)
  t.is(service.attempts.size, 0)
  t.false(existsSync(`${file}.results.jsonl`))
})

test("an item that is there gets the file's name and price with --update", async t => {
  const setup = await loggedIn(t, (req, res) =>
    req.method === 'POST'
      ? json(res, 409, { code: 'sku_taken', detail: 'There is one.' })
      : json(res, 200, { sku: 'mug' }),
  )
  const file = 'sku,name,price,currency,quantity\nmug,Mug,4.50,EUR,1\n'
  t.is((await mgmt(setup, ['items', 'import', '-'], file)).status, 1)
  t.is((await mgmt(setup, ['items', 'import', '-', '--update'], file)).status, 0)
  t.true(setup.requests.some(({ method, url }) => method === 'PATCH' && url === '/items/mug'))
})

const pending = {
  id: 'o1',
  customerId: 'c',
  status: 'pending',
  lines: [],
  total: 900,
  currency: 'EUR',
  createdAt: new Date().toISOString(),
}

test('orders are cancelled by filter: shown first, done after a yes, and who was too late is named', async t => {
  const setup = await loggedIn(t, (req, res) => {
    if (req.method === 'GET') return json(res, 200, { items: [pending, { ...pending, id: 'o2' }], nextCursor: null })
    if (req.url?.includes('o2')) return json(res, 409, { code: 'already_accepted', detail: 'It is on its way.' })
    json(res, 200, { ...pending, status: 'cancelled' })
  })
  const posts = () => setup.requests.filter(({ url }) => url?.endsWith('/cancel')).length
  t.regex(
    (await mgmt(setup, ['orders', 'cancel', '--all', '--dry-run'])).stderr,
    /2 orders would be cancelled\. Nothing was cancelled/,
  )
  t.regex((await mgmt(setup, ['orders', 'cancel', '--stuck'])).stderr, /add --yes/)
  t.is(posts(), 0)
  const { status, stderr, stdout } = await mgmt(setup, ['orders', 'cancel', '--all', '--yes', '-o', 'json'])
  t.is(status, 1)
  t.deepEqual(
    (JSON.parse(stdout) as { id: string }[]).map(({ id }) => id),
    ['o1'],
  )
  t.regex(stderr, /o2 was not cancelled: It is on its way\.\n1 cancelled, 1 could not be/)
  t.is((await mgmt(setup, ['orders', 'cancel'])).status, 2)
})

test('an import goes as fast as the service allows: it waits as long as it is told, says so, and none fails', async t => {
  const startedMs = Date.now()
  let refusals = 0
  const service = orderService()
  const setup = await loggedIn(t, (req, res) => {
    if (service.orders.size < 4 || refusals >= 8) return service.answer(req, res)
    refusals++
    res.setHeader('retry-after', '1')
    json(res, 429, { status: 429, code: 'too_many_requests', detail: 'More than 50 requests a second.' })
  })
  const { status, stderr } = await mgmt(setup, ['orders', 'import', '-', '--concurrency', '4'], lines(20))
  t.is(status, 0, stderr)
  t.is(service.orders.size, 20)
  t.regex(stderr, /as many requests as the service allows: going on in \d/)
  t.regex(stderr, /20 orders are in, 0 were in before, 0 failed/)
  t.true(Date.now() - startedMs >= 2_000, 'four at a time are refused twice')
})
