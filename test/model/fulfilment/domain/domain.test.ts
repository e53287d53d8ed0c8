import test from 'ava'
import { isRefused } from '@docket/chassis/refused.ts'
import { moved, takenBack, turnedUp, type StockRow } from './inventory-service/stock-rows.ts'
import { mayRequestCancel, priceOf, statusByLines, type OrderLine } from './order-service/order-lines.ts'
import { goodwill, leftToRefund, refundOf } from './payment-service/refunds.ts'

const mugs = (quantity: number) => ({ sku: 'mug', quantity })
const line = (change: Partial<OrderLine> = {}): OrderLine => ({
  ...mugs(2),
  unitPrice: 300,
  cancelled: 0,
  shipped: 0,
  returned: 0,
  ...change,
})
const codeOf = (answer: unknown) => (isRefused(answer) ? answer.refused : answer)

test('order-service refuses a cancel only when it knows that all of it has left', t => {
  const cancel = (status: Parameters<typeof mayRequestCancel>[0], change: Partial<OrderLine>, sku = 'mug') =>
    codeOf(mayRequestCancel(status, [line(change)], [{ sku, quantity: 2 }]))
  t.is(cancel('accepted', { shipped: 1 }), 'yes')
  t.is(cancel('accepted', { shipped: 1, cancelled: 1 }), 'already_shipped')
  t.is(cancel('accepted', {}, 'bowl'), 'not_ordered')
  t.is(cancel('pending', {}), 'not_accepted_yet')
  t.is(cancel('completed', { shipped: 2 }), 'already_completed')
})

test('an order is finished when nothing of it is open', t => {
  t.is(statusByLines([line(), line({ shipped: 2 })]), 'accepted')
  t.is(statusByLines([line({ shipped: 1, cancelled: 1 })]), 'completed')
  t.is(statusByLines([line({ cancelled: 2 })]), 'cancelled')
  t.is(priceOf([line()], [mugs(1), mugs(1)]), 600)
})

test('no more is given back than was captured, and a failed refund keeps its amount', t => {
  const left = leftToRefund(1_000, [{ id: 'a', amount: 800, status: 'failed' }])
  t.is(left, 200)
  t.like(refundOf('b', 300, left), { amount: 200, status: 'due' })
  t.like(refundOf('b', 300, 0), { amount: 0, status: 'given' })
  t.is(codeOf(goodwill('c', 201, left)), 'exceeds_captured')
})

test('a return leaves the row of its shipment and arrives where it is received', t => {
  const nothing = { available: 0, reserved: 0, shipped: 0, scrapped: 0, lost: 0, movedAway: 0, movedHere: 0 }
  const row = (location: string, change: Partial<StockRow> = {}): StockRow => ({
    location,
    sku: 'mug',
    ...nothing,
    ...change,
  })
  const goods = { from: 'main', to: 'shop', lines: [mugs(1)] }
  const lost = moved([row('main', { shipped: 1 }), row('shop')], takenBack({ ...goods, condition: 'lost' }))
  t.deepEqual(lost, [row('main', { shipped: 1, lost: 1 }), row('shop')])
  t.deepEqual(moved(lost, turnedUp({ ...goods, condition: 'restock' })), [
    row('main', { movedAway: 1 }),
    row('shop', { available: 1, movedHere: 1 }),
  ])
})
