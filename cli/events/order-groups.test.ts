import test from 'ava'
import { Chalk } from 'chalk'
import { orderGroups, orderSteps } from './order-groups.ts'
import { renderGroup, renderGrowing } from '../render/order-group.ts'
import type { ShownEvent } from './shown-event.ts'

const began = Date.parse('2026-01-31T12:00:00.000Z')
const event = (orderId: string, type: string, ms: number): ShownEvent => ({
  topic: 'order-events',
  partition: 0,
  offset: 0,
  time: new Date(began + ms).toISOString(),
  key: orderId,
  type,
  headers: {},
  data: { orderId },
})

test('steps are numbered by order, with the time since the one before, and the ending is shown', t => {
  const step = orderSteps()
  t.like(step(event('A', 'order.created', 0)), { order: 'A', step: 1, sinceMs: null })
  t.like(step(event('B', 'order.created', 10)), { order: 'B', step: 1, sinceMs: null })
  t.like(step(event('A', 'order.completed', 50)), { order: 'A', step: 2, sinceMs: 50, ending: 'completed' })
  t.is(step({ ...event('A', 'item.created', 0), data: { sku: 'mug' } }), undefined)
})

test('an order is shown when it has ended; a cancelled one a moment later, with what it undid', t => {
  const [step, groups] = [orderSteps(), orderGroups(10_000)]
  const add = (one: ShownEvent) => groups.add(step(one) ?? (t.fail() as never), Date.parse(one.time))
  add(event('A', 'order.created', 0))
  add(event('B', 'order.created', 1))
  add(event('A', 'order.cancelled', 100))
  t.deepEqual(groups.due(began + 200), [])
  add(event('B', 'order.completed', 300))
  t.deepEqual(
    groups.due(began + 300).map(({ order }) => order),
    ['B'],
  )
  add(event('A', 'stock.released', 400))
  t.deepEqual(
    groups.due(began + 2_000).map(({ order, steps }) => [order, steps.length]),
    [['A', 3]],
  )
  t.deepEqual(groups.flush(), [])
})

test('an order of which nothing comes is shown as far as it is', t => {
  const [step, groups] = [orderSteps(), orderGroups(1_000)]
  groups.add(step(event('A', 'order.created', 0)) ?? (t.fail() as never), 0)
  t.deepEqual(groups.due(500), [])
  const [group] = groups.due(1_500)
  t.regex(
    group ? renderGroup(group, { colour: new Chalk({ level: 0 }), width: 80, now: new Date(), utc: true }) : '',
    /^order A\n +1 12:00:00\.000Z +order\.created\n.*waits for the reservation of stock, by inventory-service/,
  )
})

test('the number of open orders is limited: memory stays flat', t => {
  const [step, groups] = [orderSteps(), orderGroups(Infinity)]
  for (let n = 0; n < 5_000; n++) groups.add(step(event(String(n), 'order.created', n)) ?? (t.fail() as never), n)
  t.is(groups.due(0).length, 3_000)
})

test('each step says what the order waits for after it, unless events are left out', t => {
  const waitsFor = (events: ShownEvent[], step = orderSteps()) => events.map(one => step(one)?.waitsFor?.name)
  const events = ['order.created', 'stock.reserved', 'payment.succeeded', 'order.accepted', 'order.completed'].map(
    (type, at) => event('A', type, at),
  )
  t.deepEqual(waitsFor(events), ['reservation', 'charge', 'acceptance', 'shipment', undefined])
  t.deepEqual(waitsFor(events, orderSteps(false)), [undefined, undefined, undefined, undefined, undefined])
})

test('orders under way are shown whole while they fit, then in a line each, those that moved last at the bottom', t => {
  const [step, groups] = [orderSteps(), orderGroups(Infinity)]
  const look = { colour: new Chalk({ level: 0 }), width: 100, now: new Date(began + 5_000), utc: true }
  const add = (one: ShownEvent) => groups.add(step(one) ?? (t.fail() as never), Date.parse(one.time))
  add(event('A', 'order.created', 0))
  add(event('B', 'order.created', 10))
  add(event('A', 'stock.reserved', 40))
  t.regex(
    renderGrowing(groups.underWay(), look, 20),
    /^order A\n.*order\.created\n.*stock\.reserved\n.*waits for the charge[^]*order B/,
  )
  const lines = renderGrowing(groups.underWay(), look, 3).split('\n')
  t.is(lines.length, 2)
  t.regex(lines[0] ?? '', /^B .*order\.created +5\.0s waits for the reservation/)
  t.regex(lines[1] ?? '', /^A .*stock\.reserved +5\.0s waits for the charge, by payment-service/)
  for (let n = 0; n < 9; n++) add(event(`more-${n}`, 'order.created', 50 + n))
  t.regex(renderGrowing(groups.underWay(), look, 5), /^… and 7 more orders under way\n.*more-5[^]*more-8/)
})
