import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { inShell, json, loggedIn, mgmt, type Answer, type Given } from '@docket/test/support/mgmt-process.ts'

const lines = (count: number) =>
  `sku,quantity\n${Array.from({ length: count }, (_, at) => `mug,${at + 1}`).join('\n')}\n`

function orderService(
  refuses: (key: string, attempt: number, quantity: number) => number | undefined = () => undefined,
) {
  const [orders, attempts, refusals] = [new Map<string, string>(), new Map<string, number>(), new Set<string>()]
  const service = {
    orders,
    attempts,
    reuses: false,
    keepsRefusals: false,
    isEmpty: false,
    answer: (async (req, res) => {
      const key = String(req.headers['idempotency-key'])
      let text = ''
      for await (const chunk of req) text += chunk
      const { lines: [line] = [] } = JSON.parse(text) as { lines?: { quantity: number }[] }
      const attempt = (attempts.get(key) ?? 0) + 1
      const isKnown = service.reuses && attempts.has(key)
      attempts.set(key, attempt)
      if (isKnown) return json(res, 422, { code: 'idempotency_key_reused', detail: 'Another request.' })
      if (refusals.has(key))
        return json(res, 422, { code: 'invalid', detail: 'No.' }, { 'idempotency-replayed': 'true' })
      const no = service.isEmpty ? 422 : refuses(key, attempt, line?.quantity ?? 0)
      if (no === 422 && service.keepsRefusals) refusals.add(key)
      if (no !== undefined)
        return json(res, no, { status: no, code: no === 503 ? 'unavailable' : 'invalid', detail: 'No.' })
      if (!orders.has(key)) orders.set(key, `order-${orders.size}`)
      json(res, 201, { id: orders.get(key), status: 'pending' })
    }) satisfies Answer,
  }
  return service
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
  // the second run has no results of the first
  await mgmt(setup, ['orders', 'import', file, '--results', join(setup.home, 'elsewhere')])
  t.is(service.orders.size, 30)
  t.is(readFileSync(`${file}.results.jsonl`, 'utf8').match(/"done"/g)?.length, 30)
})

const imported = async (setup: Given, file: string, ...args: string[]) => {
  const { status, stdout, stderr } = await mgmt(setup, ['orders', 'import', file, '-o', 'jsonl', ...args])
  const results = stdout
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line) as { row: number; state: string; id?: string })
  return { status, stderr, states: results.toSorted((a, b) => a.row - b.row).map(({ state }) => state), results }
}

test('a file that was mended goes on under its import id: new rows are created, the others are known by what they say', async t => {
  const service = orderService((_, attempt) => (attempt === 1 && service.attempts.size === 2 ? 422 : undefined))
  const setup = await loggedIn(t, service.answer)
  const file = join(setup.home, 'orders.csv')
  writeFileSync(file, 'sku,quantity\nmug,1\nmgu,2\nmug,1\n')
  const first = await imported(setup, file, '--concurrency', '1')
  t.deepEqual(first.states, ['done', 'failed', 'done'])
  const importId = /--import-id (\S+):/.exec(first.stderr)?.[1] ?? ''
  writeFileSync(file, 'SKU;Quantity\nplate;9\nmug;2\n"mug";1\n')
  const careless = await imported(setup, file)
  t.is(careless.status, 2)
  t.regex(
    careless.stderr,
    new RegExp(`1 of its rows are in by import ${importId}\\. Nothing was sent[^]*--import-id ${importId}`),
  )
  t.is(service.orders.size, 2)
  const second = await imported(setup, file, '--import-id', importId)
  t.is(second.status, 0, second.stderr)
  t.deepEqual(
    second.results
      .filter(({ state }) => state !== 'gone')
      .map(({ row, state }) => [row, state])
      .toSorted(),
    [
      [1, 'done'],
      [2, 'done'],
      [3, 'skipped'],
    ],
  )
  t.like(
    second.results.find(({ state }) => state === 'gone'),
    { row: 3, id: 'order-1' },
  )
  t.regex(
    second.stderr,
    /1 row that was imported before is no longer in the file, and left alone:\n {2}row 3 \(order-1\)/,
  )
  t.is(service.orders.size, 4)
})

test('two rows that are the same make two orders; --unique refuses them', async t => {
  const service = orderService()
  const setup = await loggedIn(t, service.answer)
  const file = join(setup.home, 'orders.csv')
  writeFileSync(file, 'sku,quantity\nmug,1\nplate,1\nmug,1\n')
  const refused = await imported(setup, file, '--unique')
  t.is(refused.status, 2)
  t.regex(refused.stderr, /"row 3","message":"is the same as row 1"/)
  const { stderr } = await imported(setup, file)
  t.regex(stderr, /1 row is the same as one before[^]*3 orders are in/)
  t.is(service.orders.size, 3)
})

test('a row with an id is known by it: a refused one is sent again when it was mended, one that is in is left', async t => {
  const service = orderService((_key, _attempt, quantity) => (quantity === 5 ? 422 : undefined))
  const setup = await loggedIn(t, service.answer)
  const file = join(setup.home, 'orders.csv')
  const write = (second: string) => writeFileSync(file, `id,sku,quantity\na1,mug,1\na2,${second}\n`)
  write('mgu,5')
  t.deepEqual((await imported(setup, file, '--import-id', 'i', '--concurrency', '1')).states, ['done', 'failed'])
  writeFileSync(file, `id,sku,quantity\na1,mug,7\na2,mug,1\n`)
  service.reuses = true
  const second = await imported(setup, file, '--import-id', 'i')
  t.deepEqual(second.states, ['skipped', 'done'], second.stderr)
  t.like(
    second.results.find(({ row }) => row === 1),
    { message: 'is in with other values, and left as it is' },
  )
  write('mug,1\na2,mug,1')
  const twice = await imported(setup, file)
  t.is(twice.status, 2)
  t.regex(twice.stderr, /"row 3 id","message":"is that of row 2 too"/)
})

test('what was refused for something that is mended now is sent anew, though the service repeats its refusal', async t => {
  const service = orderService()
  service.keepsRefusals = true
  service.isEmpty = true
  const setup = await loggedIn(t, service.answer)
  t.is((await mgmt(setup, ['orders', 'import', '-'], lines(2))).status, 1)
  service.isEmpty = false
  const { status, stderr } = await mgmt(setup, ['orders', 'import', '-'], lines(2))
  t.is(status, 0, stderr)
  t.is(service.orders.size, 2)
  await mgmt(setup, ['orders', 'import', '-'], lines(2))
  t.is(service.orders.size, 2)
})

const digestOf = (text: string) => createHash('sha256').update(text).digest('hex').slice(0, 32)

test('an import that the release before began is finished by the numbers of its rows, as long as the file is the same', async t => {
  const service = orderService()
  const setup = await loggedIn(t, service.answer)
  const file = join(setup.home, 'orders.csv')
  const id = digestOf(lines(3))
  writeFileSync(file, lines(3))
  writeFileSync(
    `${file}.results.jsonl`,
    `${JSON.stringify({ row: 1, state: 'done', id: 'old', key: `${id}:1` })}\n{"row":2,"sta`,
  )
  service.orders.set(`${id}:2`, 'sent, and cut off before it was written down')
  const mended = lines(4).replace('mug,3', 'mug,33')
  writeFileSync(file, mended)
  const refused = await imported(setup, file, '--import-id', id)
  t.is(refused.status, 2)
  t.regex(refused.stderr, /begun by the release before, which knew rows by their numbers[^]*with the file as it was/)
  writeFileSync(file, lines(3))
  t.deepEqual((await imported(setup, file)).states, ['skipped', 'done', 'done'])
  t.is(service.orders.size, 2)
  writeFileSync(file, mended)
  const second = await imported(setup, file, '--import-id', id)
  t.deepEqual(
    second.results
      .filter(({ state }) => state === 'done')
      .map(({ row }) => row)
      .toSorted(),
    [3, 4],
  )
  t.is(service.orders.size, 4)
})

test('a file with another content is another import, which says so', async t => {
  const service = orderService()
  const setup = await loggedIn(t, service.answer)
  const file = join(setup.home, 'orders.csv')
  writeFileSync(file, lines(2))
  await mgmt(setup, ['orders', 'import', file])
  writeFileSync(file, lines(3))
  t.regex(
    (await mgmt(setup, ['orders', 'import', file])).stderr,
    /2 of its rows are in by import \w+, which was finished: this is a new import[^]*3 orders are in, 0 were in before/,
  )
  t.is(service.orders.size, 5)
})

test('an import goes on when nobody reads what it prints, and ends with its true status', async t => {
  const service = orderService()
  const setup = await loggedIn(t, service.answer)
  const file = join(setup.home, 'orders.csv')
  writeFileSync(file, lines(400))
  for (const [stream, count] of [
    ['', 400],
    ['2>&1', 401],
  ] as const) {
    if (count > 400) writeFileSync(file, `${lines(400)}mgu,x1\n`.replace('mgu,x1', 'plate,1'))
    const { stdout } = await inShell(
      setup,
      `{ "$@" -o jsonl ${stream}; echo "status $?" >&3; } 3>"$HOME/status" | head -1; cat "$HOME/status"`,
      ['orders', 'import', file, '--import-id', 'one'],
    )
    t.regex(stdout, /status 0/)
    t.is(service.orders.size, count)
  }
})

const results: [string, string, number, RegExp][] = [
  ['a full disk', '/dev/full', 1, /The results cannot be written: ENOSPC.*nothing was sent/s],
  ['a folder', '/tmp', 2, /results file \/tmp is a folder/],
  ['the file itself', 'HOME/orders.csv', 2, /into the file that is imported/],
  ['another file', 'HOME/other.csv', 2, /is not a file of results/],
  ['nothing', '/dev/null', 0, /3 orders are in/],
]
for (const [what, file, expected, words] of results)
  test(`results that would go into ${what}: nothing is sent that is not written down`, async t => {
    const service = orderService()
    const setup = await loggedIn(t, service.answer)
    const at = (name: string) => name.replace('HOME', setup.home)
    writeFileSync(at('HOME/orders.csv'), lines(3))
    writeFileSync(at('HOME/other.csv'), 'a,b\n1,2\n')
    const { status, stderr } = await mgmt(setup, ['orders', 'import', at('HOME/orders.csv'), '--results', at(file)])
    t.is(status, expected, stderr)
    t.regex(stderr, words)
    t.is(service.orders.size, expected === 0 ? 3 : 0)
    t.is(readFileSync(at('HOME/other.csv'), 'utf8'), 'a,b\n1,2\n')
  })

test('results never go into what is imported, by whatever name it goes', async t => {
  const service = orderService()
  const setup = await loggedIn(t, service.answer)
  const [file, row] = [join(setup.home, 'orders.jsonl'), '{"sku": "mug", "quantity": 1}\n']
  writeFileSync(file, row)
  const { status, stderr } = await mgmt(setup, ['orders', 'import', file, '--results', `${setup.home}/./orders.jsonl`])
  t.is(status, 2, stderr)
  t.regex(stderr, /into the file that is imported/)
  t.is(readFileSync(file, 'utf8'), row)
  t.is(service.orders.size, 0)
})

test('what came by stdin, with addresses in it, is left nowhere', async t => {
  const setup = await loggedIn(t, orderService().answer)
  setup.env.TMPDIR = join(setup.home, 'tmp')
  mkdirSync(setup.env.TMPDIR)
  t.is((await mgmt(setup, ['orders', 'import', '-'], lines(1))).status, 0)
  t.is((await mgmt(setup, ['orders', 'import', '-'], 'no,columns\n')).status, 2)
  t.deepEqual(readdirSync(setup.env.TMPDIR), [])
})

const strange: [string, string, RegExp][] = [
  ['a folder', '"$@" /tmp', /The file \/tmp is a folder/],
  ['a device', '"$@" /dev/zero', /The file \/dev\/zero is a device/],
  ['a pipe that nobody writes into', 'mkfifo "$HOME/fifo"; "$@" "$HOME/fifo"', /There are no orders in it/],
  ['an empty file', ': > "$HOME/empty"; "$@" "$HOME/empty"', /There are no orders in it/],
  ['an endless stream of NUL', '"$@" - < /dev/zero', /The first line has a NUL byte/],
]
for (const [what, command, words] of strange)
  test(`what is imported is no file: ${what}`, async t => {
    const setup = await loggedIn(t, orderService().answer)
    const { status, stderr } = await inShell(setup, command, ['orders', 'import'])
    t.is(status, 2, stderr)
    t.regex(stderr, words)
    t.regex(stderr, /\n {2}\S/)
  })

test('a pipe is imported like a file', async t => {
  const service = orderService()
  const setup = await loggedIn(t, service.answer)
  const { status, stderr } = await inShell(setup, `"$@" <(sleep 0.2; printf 'sku,quantity\\nmug,2\\n')`, [
    'orders',
    'import',
  ])
  t.is(status, 0, stderr)
  t.is(service.orders.size, 1)
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
  const service = orderService((_, attempt, quantity) =>
    quantity === 2 && attempt < 3 ? 503 : quantity === 3 ? 422 : undefined,
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
  t.is(stderr.match(/^No\. Trying again\.$/gm)?.length, 1, 'now and then, not for each row')
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
