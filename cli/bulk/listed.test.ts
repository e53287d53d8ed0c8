import { join } from 'node:path'
import { writeFileSync } from 'node:fs'
import test from 'ava'
import { json, loggedIn, mgmt, type Answer } from '@docket/test/support/mgmt-process.ts'

const anItem = (at: number, name = `Mug ${at}`) => ({
  sku: `mug-${at}`,
  name,
  unitPrice: 450,
  currency: 'EUR',
  available: 5,
  reserved: 1,
  shipped: 2,
  scrapped: 0,
  lost: 0,
  received: 8,
})

function inventory(items: ReturnType<typeof anItem>[]) {
  const created: unknown[] = []
  const answer: Answer = async (req, res) => {
    if (req.method === 'POST') {
      let text = ''
      for await (const chunk of req) text += chunk
      created.push(JSON.parse(text))
      return json(res, 201, JSON.parse(text))
    }
    const query = new URL(req.url ?? '', 'http://x').searchParams
    const [from, limit] = [Number(query.get('cursor') ?? 0), Number(query.get('limit'))]
    const page = items.slice(from, from + limit)
    const next = from + page.length
    json(res, 200, { items: page, nextCursor: next < items.length ? String(next) : null })
  }
  return { created, answer }
}

test('what items list has written as CSV is imported again, whatever the items are called', async t => {
  const names = ['=HYPERLINK("x")', '-5', "'=x", 'A "big", blue; mug', 'Zwei\nZeilen', 'Größe 😀']
  const { created, answer } = inventory(names.map((name, at) => anItem(at, name)))
  const setup = await loggedIn(t, answer)
  const { stdout, status } = await mgmt(setup, ['items', 'list', '--all', '-o', 'csv'])
  t.is(status, 0)
  t.is(stdout.split('\n')[0], 'sku,name,unitPrice,currency,available,reserved,shipped,scrapped,lost,received')
  const file = join(setup.home, 'items.csv')
  writeFileSync(file, stdout)
  const imported = await mgmt(setup, ['items', 'import', file, '--concurrency', '1'])
  t.is(imported.status, 0, imported.stderr)
  t.deepEqual(
    created,
    names.map((name, at) => ({ sku: `mug-${at}`, name, unitPrice: 450, currency: 'EUR', quantity: 5 })),
  )
})

for (const format of ['table', 'json', 'jsonl', 'csv'])
  test(`--all shows every page there is, with -o ${format}`, async t => {
    const setup = await loggedIn(t, inventory(Array.from({ length: 1_234 }, (_, at) => anItem(at))).answer)
    const { stdout, stderr } = await mgmt(setup, ['items', 'list', '--all', '-o', format])
    t.is(new Set(stdout.match(/mug-\d+/g)).size, 1_234)
    t.regex(stderr, /1,234 items/)
    if (format === 'json') t.is((JSON.parse(stdout) as unknown[]).length, 1_234)
    if (format === 'csv') t.is(stdout.trim().split('\n').length, 1_235)
  })

test('CSV has its columns also when nothing is listed, those that are chosen, and what is raw as it is', async t => {
  const empty = await loggedIn(t, inventory([]).answer)
  t.is((await mgmt(empty, ['items', 'list', '-o', 'csv'])).stdout.split(',').length, 10)
  t.is((await mgmt(empty, ['items', 'list', '--all', '-o', 'csv', '--fields', 'sku,name'])).stdout, 'sku,name\n')
  const one = await loggedIn(t, inventory([anItem(1, '=1+1')]).answer)
  const rows = async (...args: string[]) =>
    (await mgmt(one, ['items', 'list', '-o', 'csv', '--fields', 'name,available', ...args])).stdout
  t.is(await rows(), "name,available\n'=1+1,5\n")
  t.is(await rows('--raw'), 'name,available\n=1+1,5\n')
  t.is((await mgmt(one, ['items', 'list', '--raw'])).status, 2)
})
