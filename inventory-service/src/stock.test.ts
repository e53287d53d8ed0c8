import test from 'ava'
import fc from 'fast-check'
import { reserve, skusOf, type Wanted } from './stock.ts'

const wants = (orderId: string, lines: Record<string, number>): Wanted => ({
  orderId,
  lines: Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity })),
})

test('the last pieces go to who came first', t => {
  const { outcomes } = reserve(
    [wants('A', { mug: 3 }), wants('B', { mug: 3 }), wants('C', { mug: 2 })],
    new Map([['mug', 5]]),
  )
  t.deepEqual(outcomes, [
    { orderId: 'A', reserved: true },
    { orderId: 'B', reserved: false, reason: 'out_of_stock', shortages: [{ sku: 'mug', requested: 3, available: 2 }] },
    { orderId: 'C', reserved: true },
  ])
})

test('an order gets all of its lines or none', t => {
  const { lines, outcomes } = reserve(
    [wants('A', { mug: 1, plate: 9 })],
    new Map([
      ['mug', 5],
      ['plate', 1],
    ]),
  )
  t.deepEqual(lines, [])
  t.like(outcomes[0], { reserved: false, reason: 'out_of_stock' })
})

test('an unknown item is told from one that is sold out', t => {
  const { outcomes } = reserve([wants('A', { unicorn: 1 })], new Map([['mug', 5]]))
  t.deepEqual(outcomes, [
    {
      orderId: 'A',
      reserved: false,
      reason: 'unknown_item',
      shortages: [{ sku: 'unicorn', requested: 1, available: 0 }],
    },
  ])
})

test('two lines of one item count together', t => {
  const order = {
    orderId: 'A',
    lines: [
      { sku: 'mug', quantity: 3 },
      { sku: 'mug', quantity: 3 },
    ],
  }
  t.like(reserve([order], new Map([['mug', 5]])).outcomes[0], { reserved: false })
})

const skus = ['a', 'b', 'c'] as const
const anOrder = fc.dictionary(fc.constantFrom(...skus), fc.integer({ min: 1, max: 9 }), { minKeys: 1 })
const someStock = fc.dictionary(fc.constantFrom(...skus), fc.integer({ min: 0, max: 30 }))

test('never more is reserved than there is, and a rejected order holds nothing', t => {
  fc.assert(
    fc.property(fc.array(anOrder, { maxLength: 20 }), someStock, (orders, stock) => {
      const { lines, outcomes } = reserve(
        orders.map((lines_, n) => wants(String(n), lines_)),
        new Map(Object.entries(stock)),
      )
      const reservedOrders = new Set(outcomes.filter(outcome => outcome.reserved).map(outcome => outcome.orderId))
      const noneOversold = skus.every(
        sku => lines.filter(line => line.sku === sku).reduce((n, line) => n + line.quantity, 0) <= (stock[sku] ?? 0),
      )
      return noneOversold && outcomes.length === orders.length && lines.every(line => reservedOrders.has(line.orderId))
    }),
  )
  t.pass()
})

test('an order is rejected only when what it wants is really not left', t => {
  fc.assert(
    fc.property(fc.array(anOrder, { maxLength: 20 }), someStock, (orders, stock) => {
      const { outcomes } = reserve(
        orders.map((lines, n) => wants(String(n), lines)),
        new Map(Object.entries(stock)),
      )
      return outcomes.every(
        outcome => outcome.reserved || outcome.shortages.every(({ requested, available }) => requested > available),
      )
    }),
  )
  t.pass()
})

test('rows are locked in one order, each once', t => {
  t.deepEqual(skusOf([{ sku: 'b' }, { sku: 'a' }, { sku: 'b' }]), ['a', 'b'])
})
