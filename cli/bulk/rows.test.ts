import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { inParallel } from './pool.ts'
import { formatOf, rowsOf, type Format, type Row } from './rows.ts'
import { itemRow, orderRow, type Checked } from './shapes.ts'

async function read(t: ExecutionContext, text: string, format: Format): Promise<Row[]> {
  const folder = mkdtempSync(join(tmpdir(), 'mgmt-rows-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'file'), text)
  return Array.fromAsync(rowsOf(join(folder, 'file'), format))
}

test('CSV: quotes, commas, line breaks and a mark of byte order', async t => {
  t.deepEqual(await read(t, '\uFEFFSKU,Name\r\nmug,"A ""big"", blue\nmug"\r\n\r\nplate,\r\n', 'csv'), [
    { row: 1, values: { sku: 'mug', name: 'A "big", blue\nmug' } },
    { row: 2, values: { sku: 'plate' } },
  ])
})

test('CSV without a last line break, and with a row that is too long', async t => {
  t.like(await read(t, 'a,b\n1,2,3', 'csv'), [{ row: 1, broken: 'has 3 values, but there are 2 columns' }])
})

test('JSONL: an object a line, and what is none', async t => {
  const rows = await read(t, '{"sku":"mug"}\n\n[1]\n{broken', 'jsonl')
  t.deepEqual(
    rows.map(({ row, broken }) => [row, broken !== undefined]),
    [
      [1, false],
      [2, true],
      [3, true],
    ],
  )
})

test('the name of a file says what it is', t =>
  t.deepEqual(['a.csv', 'a.JSONL', 'a.ndjson', 'a'].map(formatOf), ['csv', 'jsonl', 'jsonl', 'csv']))

const row = (values: Record<string, unknown>): Row => ({ row: 1, values })
const pathsOf = (checked: Checked) => ('problems' in checked ? checked.problems.map(({ path }) => path) : [])

const orders: [string, Record<string, unknown>, unknown][] = [
  ['sku and quantity', { sku: 'mug', quantity: '2' }, { lines: [{ sku: 'mug', quantity: 2 }] }],
  [
    'lines in words',
    { lines: 'mug=2; plate=1', payment_token: 'tok_ok' },
    {
      lines: [
        { sku: 'mug', quantity: 2 },
        { sku: 'plate', quantity: 1 },
      ],
      paymentToken: 'tok_ok',
    },
  ],
  ['lines in JSON', { lines: [{ sku: 'mug', quantity: 2 }] }, { lines: [{ sku: 'mug', quantity: 2 }] }],
  [
    'an address',
    { sku: 'mug', quantity: 1, shipping_address: '{"name":"A"}' },
    { lines: [{ sku: 'mug', quantity: 1 }], shippingAddress: { name: 'A' } },
  ],
]
for (const [what, values, body] of orders)
  test(`an order of a file: ${what}`, t => t.deepEqual(orderRow(row(values)), { body } as Checked))

const wrongOrders: [Record<string, unknown>, string[]][] = [
  [{}, ['sku', 'quantity']],
  [{ sku: 'mug', quantity: '0' }, ['quantity']],
  [{ sku: 'mug', quantity: '1.5' }, ['quantity']],
  [{ sku: '../x', quantity: 1 }, ['sku']],
  [{ sku: 'mug', quantity: 1, colour: 'red' }, ['colour']],
  [{ sku: 'mug', quantity: 1, lines: 'a=1' }, ['lines']],
  [{ lines: [] }, ['lines']],
  [{ lines: 'mug' }, ['lines.0.quantity']],
  [{ sku: 'mug', quantity: 1, payment_token: 'a b' }, ['payment_token']],
  [{ sku: 'mug', quantity: 1, shipping_address: 'x' }, ['shipping_address']],
  [{ lines: [null] }, ['lines.0.sku', 'lines.0.quantity']],
]
for (const [values, paths] of wrongOrders)
  test(`a wrong order of a file is refused: ${JSON.stringify(values)}`, t =>
    t.deepEqual(pathsOf(orderRow(row(values))), paths))

test('an item of a file has an exact price', t => {
  const item = { sku: 'mug', name: 'Mug', currency: 'EUR', quantity: '5' }
  t.like(itemRow(row({ ...item, price: '4.35' })), { body: { unitPrice: 435, quantity: 5 } })
  t.like(itemRow(row({ ...item, unitPrice: 435 })), { body: { unitPrice: 435 } })
  t.deepEqual(pathsOf(itemRow(row({ ...item, price: '4.355' }))), ['price'])
  t.deepEqual(pathsOf(itemRow(row({ quantity: '-1' }))), ['sku', 'name', 'currency', 'quantity'])
})

test('concurrency is limited, and no item waits in memory', async t => {
  let [running, most, started] = [0, 0, 0]
  async function* items() {
    for (let n = 0; n < 20; n++) {
      t.true(++started - running <= 20)
      yield n
    }
  }
  await inParallel(items(), 3, async () => {
    most = Math.max(most, ++running)
    await new Promise(resolve => {
      setImmediate(resolve)
    })
    running--
  })
  t.is(most, 3)
})

test('a failure ends it, after what is under way', async t => {
  const begun: number[] = []
  async function* items() {
    for (let n = 0; n < 20; n++) yield n
  }
  await t.throwsAsync(
    inParallel(items(), 2, async n => {
      begun.push(n)
      await new Promise(resolve => {
        setImmediate(resolve)
      })
      if (n === 3) throw new Error('unavailable')
    }),
    { message: 'unavailable' },
  )
  t.true(begun.length < 8)
})
