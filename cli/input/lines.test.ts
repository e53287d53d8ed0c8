import test from 'ava'
import { Failure } from '../failure.ts'
import { countedLine, line } from './lines.ts'

test('lines are given one by one', t => {
  t.deepEqual(line('plate=1', line('mug=2')), [
    { sku: 'mug', quantity: 2 },
    { sku: 'plate', quantity: 1 },
  ])
})

test('counted goods are as good as new, unless they cannot be sold', t => {
  t.deepEqual(countedLine('mug=1:scrap', countedLine('mug=2:restock', countedLine('plate=1'))), [
    { sku: 'plate', quantity: 1, condition: 'restock' },
    { sku: 'mug', quantity: 2, condition: 'restock' },
    { sku: 'mug', quantity: 1, condition: 'scrap' },
  ])
})

for (const text of ['mug', 'mug=', 'mug=0', 'mug=-1', 'mug=1.5', '=1', 'mug=1:lost', 'mug=1:scrap:scrap', ''])
  test(`"${text}" is no line`, t => {
    t.throws(() => line(text), { instanceOf: Failure })
    t.throws(() => countedLine(text), { instanceOf: Failure, message: /^"[^"]*" .*:scrap$/ })
  })
