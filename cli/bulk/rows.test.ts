import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { Failure } from '../failure.ts'
import { recognizer } from './identity.ts'
import { inParallel } from './pool.ts'
import { firstLetterOf, formatOf, rowsOf, type Columns, type Format, type Row } from './rows.ts'
import { itemColumns, itemRow, orderColumns, orderRow, scanColumns, scanRow, type Checked } from './shapes.ts'

function fileOf(t: ExecutionContext, content: string | Buffer): string {
  const folder = mkdtempSync(join(tmpdir(), 'mgmt-rows-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  writeFileSync(join(folder, 'file'), content)
  return join(folder, 'file')
}

const anything: Columns = { noun: 'order', names: ['sku', 'name', 'quantity'], unused: [], missing: () => undefined }

const read = (t: ExecutionContext, content: string | Buffer, format: Format, columns = anything): Promise<Row[]> =>
  Array.fromAsync(rowsOf(fileOf(t, content), format, columns))

const valuesOf = async (t: ExecutionContext, content: string | Buffer) =>
  (await read(t, content, 'csv')).map(({ values }) => values)

const mugs = [
  { sku: 'mug', name: 'Mög', quantity: '2' },
  { sku: 'plate', quantity: '3' },
]
const utf16 = (text: string) => Buffer.from(`\uFEFF${text}`, 'utf16le')
const saved: [string, string | Buffer][] = [
  ['commas', 'sku,name,quantity\nmug,Mög,2\nplate,,3\n'],
  ['semicolons, where commas are in numbers', 'sku;name;quantity\r\nmug;Mög;2\r\nplate;;3\r\n'],
  ['tabs', 'sku\tname\tquantity\nmug\tMög\t2\nplate\t\t3\n'],
  ['a line that tells Excel the separator', 'sep=;\r\nsku;name;quantity\r\nmug;Mög;2\r\nplate;;3'],
  ['line ends of an old Macintosh', 'sku,name,quantity\rmug,Mög,2\rplate,,3\r'],
  ['a mark of byte order', '\uFEFFsku,name,quantity\nmug,Mög,2\nplate,,3'],
  ['Unicode text of Excel: UTF-16 with tabs', utf16('sku\tname\tquantity\r\nmug\tMög\t2\r\nplate\t\t3\r\n')],
  ['UTF-16, the other way round', utf16('sku,name,quantity\nmug,Mög,2\nplate,,3\n').swap16()],
  ['another case, and spaces', ' SKU , Name,QUANTITY\nmug ,Mög, 2\nplate,,3'],
  ['quotes around everything', '"sku","name","quantity"\n"mug","Mög","2"\n"plate","","3"'],
  ['columns without a name, and nothing in them', 'sku,name,quantity,,\nmug,Mög,2,,\nplate,,3,,,'],
  ['lines without anything', '\n\nsku,name,quantity\n,,\nmug,Mög,2\n\nplate,,3\n,,\n'],
  ['rows that lack what is empty at their end', 'sku,quantity,name\nmug,2,Mög\nplate,3'],
]
for (const [what, content] of saved)
  test(`a CSV file is read as it was saved: ${what}`, async t => t.deepEqual(await valuesOf(t, content), mugs))

test('CSV: quotes, commas and line breaks in a value', async t => {
  t.deepEqual(await valuesOf(t, 'sku,name\r\nmug,"A ""big"", blue\nmug"\r\nplate,5" wide\r\n'), [
    { sku: 'mug', name: 'A "big", blue\nmug' },
    { sku: 'plate', name: '5" wide' },
  ])
})

test("CSV: the ' that keeps a spreadsheet from calculating is taken off, and no other", async t => {
  t.deepEqual(
    (await valuesOf(t, "name\n'=1+1\n''=x\n'tis\n-5\n'-5\n' =x\n'＝x\n")).map(({ name }) => name),
    ['=1+1', "'=x", "'tis", '-5', '-5', ' =x', '＝x'],
  )
})

const brokenRows: [string, string, RegExp][] = [
  ['too long', 'sku,quantity\n1,2,3', /has 3 values, but there are 2 columns/],
  ['a value where the column has no name', 'sku,quantity,\nmug,1,7', /has a value in column 3, which has no name/],
  ['text behind a quote', 'sku,name\nmug,"Mug"s', /text behind a closing quote/],
  ['a quote in quotes that stands once', 'sku,name\nmug,"32" wide"', /text behind a closing quote/],
  ['a quote behind a quote', 'sku,name\nmug,"a" "b"', /text behind a closing quote/],
]
for (const [what, content, why] of brokenRows)
  test(`a row of CSV that is ${what} is wrong, and the others are not`, async t => {
    const [first, second] = await read(t, `${content}\nplate,1`, 'csv')
    t.regex(first?.broken ?? '', why)
    t.is(second?.broken, undefined)
  })

const latin1 = Buffer.from('sku,name,quantity\nmug,Mug,1\nplate,Blö,2\n', 'latin1')
const refused: [string, string | Buffer, Format, RegExp][] = [
  ['letters of Windows', latin1, 'csv', /^Row 2 is not UTF-8\.$/],
  ['letters of Windows among the names', Buffer.from('sku,größe\n', 'latin1'), 'csv', /^The first line is not UTF-8/],
  ['letters of Windows in JSONL', Buffer.from('{"sku":"a"}\n{"sku":"ö"}', 'latin1'), 'jsonl', /^Row 2 is not UTF-8/],
  ['half a letter at the end', Buffer.from('sku\nmö').subarray(0, -1), 'csv', /^Row 1 is not UTF-8/],
  ['a NUL byte', 'sku\na\nb\0', 'csv', /^Row 2 has a NUL byte/],
  ['UTF-16 without a mark', Buffer.from('sku\nmug', 'utf16le'), 'csv', /^The first line has a NUL byte/],
  ['a workbook', Buffer.from('PK\u0003\u0004rest'), 'csv', /Excel workbook/],
  ['a quote that is never closed', 'sku,name\nmug,Mug\nplate,"Plate\ncup,Cup\n', 'csv', /^Row 2 opens a quote/],
  [
    'a long quote',
    `sku,name\nmug,"${'x,1\n'.repeat(40_000)}`,
    'csv',
    /^Row 1 is longer than 100,000 letters: is a quote/,
  ],
  ['no names', 'mug,2\nplate,1', 'csv', /^The first line does not name the columns of an order; it has "mug", "2"/],
  ['an unknown name', 'sku,colour\nmug,red', 'csv', /^An order has no column "colour"/],
  ['a name twice', 'sku,SKU\nmug,mug', 'csv', /^The column sku occurs twice/],
  ['a line that never ends', 'x'.repeat(1_200_000), 'jsonl', /^Line 1 is longer/],
  ['an object where a list should be', '{"sku":1}', 'json', /is not a JSON array of orders/],
]
for (const [what, content, format, why] of refused)
  test(`a file is refused with its row and a remedy: ${what}`, async t => {
    const error = await t.throwsAsync(read(t, content, format), { instanceOf: Failure, message: why })
    t.is(error?.status, 2)
    t.truthy(error?.next)
  })

test('a column that a scan does not have is named', async t => {
  await t.throwsAsync(read(t, 'shipment,colour\nx,red', 'csv', scanColumns), {
    message: 'A scan has no column "colour".',
  })
})

test('a column that is missing is named', async t => {
  await t.throwsAsync(read(t, 'quantity\n1', 'csv', orderColumns), { message: 'The column sku is missing.' })
  await t.throwsAsync(read(t, 'sku,name,currency,quantity\n', 'csv', itemColumns), {
    message: 'The column price is missing.',
  })
  t.deepEqual(await read(t, 'lines\nmug=2\n', 'csv', orderColumns), [
    { row: 1, values: { lines: 'mug=2' }, separator: ',' },
  ])
})

test('a list of items as CSV can be imported: what is available becomes the stock', async t => {
  const [first] = await read(
    t,
    "sku,name,unitPrice,currency,available,reserved,shipped,received\nmug,'=Mug,450,EUR,5,1,2,8\n",
    'csv',
    itemColumns,
  )
  t.deepEqual(first && itemRow(first), {
    body: { sku: 'mug', name: '=Mug', unitPrice: 450, currency: 'EUR', quantity: 5 },
  } as Checked)
})

test('where semicolons are between the values, a comma is in the price', async t => {
  const price = async (text: string) => {
    const [first] = await read(t, text, 'csv', itemColumns)
    return first && itemRow(first)
  }
  t.like(await price('sku;name;price;currency;quantity\nmug;Mug;4,50;EUR;1'), { body: { unitPrice: 450 } })
  t.like(await price('sku\tname\tprice\tcurrency\tquantity\nmug\tMug\t4,50\tEUR\t1'), { body: { unitPrice: 450 } })
  t.like(await price('sku\tname\tprice\tcurrency\tquantity\nmug\tMug\t4,500\tKWD\t1'), {
    problems: [{ path: 'price' }],
  })
  t.like(await price('sku,name,price,currency,quantity\nmug,Mug,"4,50",EUR,1'), { problems: [{ path: 'price' }] })
})

test('JSONL: an object a line, and what is none', async t => {
  const rows = await read(t, '{"sku":"mug"}\n\n[1]\r\n{broken', 'jsonl')
  t.deepEqual(
    rows.map(({ row, broken }) => [row, broken !== undefined]),
    [
      [1, false],
      [2, true],
      [3, true],
    ],
  )
})

test('JSON: an array of objects', async t =>
  t.like(await read(t, '\uFEFF[{"sku":"mug"}, 7]', 'json'), [
    { row: 1, values: { sku: 'mug' } },
    { row: 2, broken: 'is not a JSON object' },
  ]))

test('the name of a file says what it is, and its first letter where that does not', async t => {
  t.deepEqual(
    ['a.csv', 'a.JSONL', 'a.ndjson', 'a'].map(name => formatOf(name)),
    ['csv', 'jsonl', 'jsonl', 'csv'],
  )
  t.deepEqual([formatOf('', '{'), formatOf('a.txt', '['), formatOf('a.csv', '[')], ['jsonl', 'json', 'csv'])
  t.is(await firstLetterOf(fileOf(t, '\uFEFF\n [1]')), '[')
})

test('a letter that was lost before is refused, not sent', t =>
  t.deepEqual(pathsOf(itemRow(row({ sku: 'mug', name: 'M\uFFFDg', price: '1', currency: 'EUR', quantity: 1 }))), [
    'name',
  ]))

test('rows are known by what they say and which occurrence it is, or by their id', t => {
  const knows = recognizer()
  const names = [
    knows(1, { lines: [{ sku: 'mug', quantity: 1 }] }, undefined),
    knows(2, { lines: [{ quantity: 1, sku: 'mug' }] }, undefined),
    knows(3, { lines: [{ sku: 'mug', quantity: 2 }] }, undefined),
    knows(4, { lines: [{ sku: 'mug', quantity: 1 }] }, 'a'),
    knows(5, { lines: [{ sku: 'mug', quantity: 3 }] }, 'a'),
  ]
  t.is(new Set(names.slice(0, 4).map(({ name }) => name)).size, 4)
  t.is(names[3]?.name, names[4]?.name)
  t.deepEqual(
    names.map(({ likeRow }) => likeRow),
    [undefined, 1, undefined, undefined, 4],
  )
})

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

const shipment = '01981b2c-7f00-7c32-8e61-4d8f1a2b3c45'
const scans: [what: string, values: Record<string, unknown>, body: Record<string, unknown>][] = [
  ['by the simulated carrier', { shipment }, { shipment }],
  ['with empty cells', { shipment, carrier: '', tracking_number: '', lines: '' }, { shipment }],
  [
    'under a number',
    { shipment: ` ${shipment} `, carrier: 'Harbour Post', tracking_number: 'HP1' },
    { shipment, carrier: 'Harbour Post', trackingNumber: 'HP1' },
  ],
  [
    'in part',
    { shipment, lines: 'mug=2 plate=1' },
    {
      shipment,
      lines: [
        { sku: 'mug', quantity: 2 },
        { sku: 'plate', quantity: 1 },
      ],
    },
  ],
  [
    'in JSON',
    { shipment, carrier: 'DHL', trackingNumber: 'D1', lines: [{ sku: 'mug', quantity: 1 }] },
    { shipment, carrier: 'DHL', trackingNumber: 'D1', lines: [{ sku: 'mug', quantity: 1 }] },
  ],
]
for (const [what, values, body] of scans)
  test(`a scan of a file: ${what}`, t => t.deepEqual(scanRow(row(values)), { body } as Checked<never>))

for (const [what, values, paths] of [
  ['no shipment', {}, ['shipment']],
  ['what is no id', { shipment: '4711' }, ['shipment']],
  ['a carrier without a number', { shipment, carrier: 'DHL' }, ['tracking_number']],
  ['a number without a carrier', { shipment, tracking_number: 'D1' }, ['carrier']],
  ['a wrong line', { shipment, lines: 'mug=0' }, ['lines.0.quantity']],
  ['an unknown column', { shipment, colour: 'red' }, ['colour']],
] as [string, Record<string, unknown>, string[]][])
  test(`a scan of a file is refused: ${what}`, t => t.deepEqual(pathsOf(scanRow(row(values))), paths))
