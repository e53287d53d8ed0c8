import test from 'ava'
import fc from 'fast-check'
import { isRefused } from '@docket/chassis/refused.ts'
import { merged, price, type CatalogueItem } from './pricing.ts'

const item = (sku: string, unitPrice: number, currency = 'EUR'): [string, CatalogueItem] => [
  sku,
  { sku, name: `a ${sku}`, unitPrice, currency },
]
const catalogue = new Map([
  item('mug', 450),
  item('plate', 1_200),
  item('sake-cup', 500, 'JPY'),
  item('castle', Number.MAX_SAFE_INTEGER),
])

test('an order costs the sum of its lines, priced from the catalogue', t => {
  t.like(
    price(
      [
        { sku: 'mug', quantity: 2 },
        { sku: 'plate', quantity: 1 },
      ],
      catalogue,
    ),
    { total: 2_100, currency: 'EUR' },
  )
})

test('lines of the same item become one', t => {
  t.deepEqual(
    merged([
      { sku: 'mug', quantity: 2 },
      { sku: 'plate', quantity: 1 },
      { sku: 'mug', quantity: 3 },
    ]),
    [
      { sku: 'mug', quantity: 5 },
      { sku: 'plate', quantity: 1 },
    ],
  )
})

test('merging loses and invents no piece', t => {
  const lines = fc.array(
    fc.record({ sku: fc.constantFrom('a', 'b', 'c'), quantity: fc.integer({ min: 1, max: 1000 }) }),
  )
  fc.assert(
    fc.property(lines, some => {
      const sum = (list: readonly { quantity: number }[]) => list.reduce((n, line) => n + line.quantity, 0)
      return sum(merged(some)) === sum(some) && new Set(merged(some).map(line => line.sku)).size === merged(some).length
    }),
  )
  t.pass()
})

test('what the catalogue does not know is a shortage with nothing available', t => {
  t.deepEqual(
    price(
      [
        { sku: 'mug', quantity: 1 },
        { sku: 'unicorn', quantity: 3 },
      ],
      catalogue,
    ),
    { unknown: [{ sku: 'unicorn', requested: 3, available: 0 }] },
  )
})

const refusals: [string, { sku: string; quantity: number }[]][] = [
  [
    'mixed_currencies',
    [
      { sku: 'mug', quantity: 1 },
      { sku: 'sake-cup', quantity: 1 },
    ],
  ],
  ['too_many_pieces', [{ sku: 'mug', quantity: 1_000_001 }]],
  ['total_too_large', [{ sku: 'castle', quantity: 2 }]],
]
for (const [code, lines] of refusals) {
  test(`an order is refused: ${code}`, t => {
    const answer = price(lines, catalogue)
    t.true(isRefused(answer) && answer.refused === code)
  })
}

test('an order may be for as many pieces as the limit says', t => {
  t.like(price([{ sku: 'mug', quantity: 1_000_000 }], catalogue), { lines: [{ sku: 'mug', quantity: 1_000_000 }] })
})
