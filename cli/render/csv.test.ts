import test from 'ava'
import fc from 'fast-check'
import { recordsOf } from '../bulk/records.ts'
import { columnsOf, csvLines } from './csv.ts'

const cells: [string, unknown, string][] = [
  ['a number that is negative', -5, '-5'],
  ['text that begins with =', '=1+1', "'=1+1"],
  ['with +', '+49 30', "'+49 30"],
  ['with -', '-5', "'-5"],
  ['with @', '@SUM(A1)', "'@SUM(A1)"],
  ['with a tab', '\tx', `"'\tx"`],
  ['with CR', '\rx', `"'\rx"`],
  ["with ' and =", "'=x", "''=x"],
  ['a space and =', ' =1', "' =1"],
  ['a wide =', '＝1+1', "'＝1+1"],
  ["with ' alone", "'tis", "'tis"],
  ['a comma and a quote', 'A "big", blue', '"A ""big"", blue"'],
  ['a semicolon, at which some spreadsheets split', 'a;b', '"a;b"'],
  ['a line break', 'a\nb', '"a\nb"'],
  ['nothing', null, ''],
  ['what is not there', undefined, ''],
  ['a list', [{ sku: 'mug' }], '"[{""sku"":""mug""}]"'],
  ['true', true, 'true'],
  ['what would command a terminal', 'a\u001b[2Jb\u202e', '"a [2Jb "'],
  ['joiners of letters', 'a\u200db', 'a\u200db'],
]
for (const [what, value, expected] of cells)
  test(`a cell of CSV: ${what}`, t => t.is(csvLines(['name'], false).row({ name: value }), `${expected}\n`))

test('raw CSV has everything as it is', t =>
  t.is(csvLines(['a', 'b'], true).row({ a: '=1', b: '\u001b' }), '=1,\u001b\n'))

test('the columns are those that any value has; what one lacks is empty', t => {
  const values = [{ a: 1 }, { a: 2, b: 3 }]
  t.deepEqual(columnsOf(values), ['a', 'b'])
  const { head, row } = csvLines(columnsOf(values), false)
  t.is(head + values.map(row).join(''), 'a,b\n1,\n2,3\n')
  t.is(csvLines(['toString'], false).row({}), '\n')
})

test('whatever the text, what is written as CSV is read as it was', async t => {
  const text = fc.string({ unit: fc.constantFrom(...'ab=+-@\'",;\t\r\n ö😀') })
  await fc.assert(
    fc.asyncProperty(fc.array(fc.tuple(text, text), { minLength: 1 }), async rows => {
      const { head, row } = csvLines(['x', 'y'], true)
      const written = head + rows.map(([x, y]) => row({ x, y })).join('')
      async function* inPieces() {
        for (let at = 0; at < written.length; at += 3) yield written.slice(at, at + 3)
      }
      const read = (await Array.fromAsync(inPieces()).then(pieces => Array.fromAsync(recordsOf(each(pieces))))).slice(1)
      t.deepEqual(
        read.map(({ fields, broken }) => [...fields, broken]),
        rows.map(([x, y]) => [x, y, undefined]),
      )
    }),
  )
})

async function* each(pieces: string[]) {
  yield* pieces
}
