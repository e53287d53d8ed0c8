import test from 'ava'
import { isRefused } from '@docket/chassis/refused.ts'
import { mayRequestCancel, priceOf, statusByLines, type OrderLine } from './order-lines.ts'

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

test('a cancel is refused only when it is known that all of it has left', t => {
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
