import test, { type ExecutionContext } from 'ava'
import { waitingFor } from '@docket/contract/steps.ts'
import {
  again,
  anEvent,
  idOf,
  shipmentLinesWithdrawn,
  paymentRefunded,
  paymentSucceeded,
  returnFound,
  returnReceived,
  shipmentShipped,
  stockCommitted,
  stockReleased,
  stockReserved,
  type Lines,
} from '@docket/test/support/events.ts'
import { aConsumer, type TestConsumer } from '@docket/test/support/listener.ts'
import { pendingOrder } from '@docket/test/support/pending-order.ts'
import { numbered } from '@docket/test/support/replicas.ts'
import { requestCancel } from './cancel-request.steps.ts'
import { readCancelRequests } from './cancel-request.store.ts'
import { statusOfRequest } from './cancel-request.ts'
import { readFulfilments, type StoredFulfilment } from './fulfilment.store.ts'
import { handlers } from './order.handlers.ts'
import { create } from './order.steps.ts'
import { countStuck, findOrder, listOrders, readBacklog, statusOf } from './order.store.ts'
import { acceptPaid } from './order.sweeps.ts'
import { standingBy } from './standing.ts'
import { readTimelines } from './timeline.store.ts'

const twoMugsAndAPlate = [
  { sku: 'mug', name: 'Mug', quantity: 2, unitPrice: 100 },
  { sku: 'plate', name: 'Plate', quantity: 1, unitPrice: 300 },
]

/** Each of two mugs at 1.00 and a plate at 3.00, accepted. */
async function acceptedOrders(t: ExecutionContext, ...orders: string[]) {
  const service = await pendingOrders(t, ...orders)
  await service.receives(...orders.map(name => stockReserved(name)), ...orders.map(name => paymentSucceeded(name)))
  await service.published()
  return service
}

async function pendingOrders(t: ExecutionContext, ...orders: string[]) {
  const service = await aConsumer(t, 'order-service', handlers)
  const { db } = service
  const change = (sql: string, values: unknown[] = []) => db.transaction(tx => tx.query(sql, values))
  await db.transaction(tx =>
    create(
      tx,
      orders.map(name => ({ ...pendingOrder(name), lines: twoMugsAndAPlate, total: 500 })),
      60_000,
    ),
  )
  await service.published()
  return {
    ...service,
    change,
    order: (name: string) => findOrder(db.read, idOf(name), undefined, 30_000),
    async waitsFor(name: string) {
      const status = (await statusOf(db.read, idOf(name))) ?? 'pending'
      const [order] = await readFulfilments(db.read, [idOf(name)])
      const timeline = await readTimelines(db.read, [{ id: idOf(name), since: 0 }])
      return waitingFor(standingBy({ status, lines: order?.lines ?? [], timeline }))?.name
    },
    async lines(name: string) {
      const [order] = await readFulfilments(db.read, [idOf(name)])
      return order?.lines.map(({ cancelled, shipped, returned }) => ({ cancelled, shipped, returned }))
    },
    async storedLines() {
      const { rows } = await db.read.query<{ lines: number }>('SELECT count(*) AS lines FROM order_lines')
      return rows[0]?.lines
    },
    async timeline(name: string) {
      const entries = await readTimelines(db.read, [{ id: idOf(name), since: 0 }])
      return entries.map(({ event, ref }) => (ref ? `${event} ${ref.slice(-4)}` : event))
    },
    asks: (name: string, request: string, lines?: Lines) =>
      db.transaction(async tx => {
        const [order] = await readFulfilments(tx, [idOf(name)])
        return requestCancel(tx, order as StoredFulfilment, {
          id: idOf(request),
          lines: lines && Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity })),
          detail: 'ordered twice',
          requestedBy: idOf('anna'),
        })
      }),
    requests: async (name: string) => (await readCancelRequests(db.read, idOf(name))).map(statusOfRequest),
    async publishedData() {
      return (await service.published()).map(({ type, sequence, data: { orderId: _, ...data } }) => ({
        type,
        sequence,
        ...data,
      }))
    },
  }
}

const opened = (order: string, shipment: string, lateAt: string) =>
  anEvent('shipment.opened', idOf(order), {
    orderId: idOf(order),
    shipmentId: idOf(shipment),
    location: 'main',
    lines: [{ sku: 'mug', quantity: 2 }],
    lateAt,
  })

const [inADay, anHourAgo] = [86_400_000, -3_600_000].map(ms => new Date(Date.now() + ms).toISOString()) as [
  string,
  string,
]
const ref = (name: string) => idOf(name).slice(-4)

test('an order of one shipment is completed by it, and nothing is stored of its lines', async t => {
  const service = await acceptedOrders(t, 'A')
  await service.receives(stockCommitted('A', { mug: 2, plate: 1 }, 'S'))
  t.is((await service.order('A'))?.status, 'completed')
  t.deepEqual(await service.publishedData(), [{ type: 'order.completed', sequence: 3 }])
  t.is(await service.storedLines(), 0)
  t.deepEqual(await service.lines('A'), [
    { cancelled: 0, shipped: 2, returned: 0 },
    { cancelled: 0, shipped: 1, returned: 0 },
  ])
})

test('an order is completed by the last of its shipments, and each is counted once', async t => {
  const service = await acceptedOrders(t, 'A')
  const first = stockCommitted('A', { mug: 1 }, 'S1')
  await service.receives(first, again(first))
  await service.receives(again(first))
  t.deepEqual(await service.lines('A'), [
    { cancelled: 0, shipped: 1, returned: 0 },
    { cancelled: 0, shipped: 0, returned: 0 },
  ])
  t.deepEqual(await service.publishedData(), [])
  await service.receives(stockCommitted('A', { mug: 1, plate: 1 }, 'S2'))
  t.is((await service.order('A'))?.status, 'completed')
  t.deepEqual(await service.publishedData(), [{ type: 'order.completed', sequence: 3 }])
})

test('the step of each shipment is in the timeline once, also when all come together', async t => {
  const service = await acceptedOrders(t, 'A', 'B')
  const steps = (name: string) => [
    opened(name, 'S1', inADay),
    shipmentShipped(name, { shipment: 'S1', lines: { mug: 1 } }),
    opened(name, 'S2', inADay),
    shipmentShipped(name, { shipment: 'S2', lines: { mug: 1, plate: 1 } }),
    stockCommitted(name, { mug: 1 }, 'S1'),
    stockCommitted(name, { mug: 1, plate: 1 }, 'S2'),
  ]
  await service.receives(...steps('A'), ...steps('A').map(again))
  for (const step of steps('B')) {
    await service.receives(step)
    await service.receives(again(step))
  }
  const expected = [
    ...['shipment.opened', 'shipment.shipped', 'stock.committed'].flatMap(event =>
      ['S1', 'S2'].map(shipment => `${event} ${ref(shipment)}`),
    ),
    'order.completed',
  ].sort()
  for (const name of ['A', 'B']) t.deepEqual((await service.timeline(name)).slice(4).sort(), expected, name)
})

test('what is withdrawn of an order is cancelled, with its location and its price', async t => {
  const service = await acceptedOrders(t, 'A')
  t.is(await service.asks('A', 'R', { mug: 2 }), 'requested')
  t.like((await service.publishedData())[0], { type: 'order.cancel_requested', sequence: 3 })
  const answer = shipmentLinesWithdrawn('A', 'R', { main: { mug: 1 } }, { refused: { mug: 1 } })
  await service.receives(answer)
  await service.receives(again(answer))
  t.deepEqual(await service.publishedData(), [
    {
      type: 'order.lines_cancelled',
      sequence: 4,
      requestId: idOf('R'),
      lines: [{ location: 'main', sku: 'mug', quantity: 1 }],
      refund: { refundId: idOf('R'), amount: 100 },
    },
  ])
  t.deepEqual(await service.requests('A'), ['partly'])
  t.deepEqual(await service.lines('A'), [
    { cancelled: 1, shipped: 0, returned: 0 },
    { cancelled: 0, shipped: 0, returned: 0 },
  ])
  await service.receives(stockCommitted('A', { mug: 1, plate: 1 }, 'S'))
  t.like((await service.publishedData())[0], { type: 'order.completed', sequence: 5 })
})

test('a withdrawal of the last open lines completes an order of which something was shipped', async t => {
  const service = await acceptedOrders(t, 'A')
  await service.asks('A', 'R', { plate: 1 })
  await service.receives(stockCommitted('A', { mug: 2 }, 'S'))
  await service.published()
  await service.receives(shipmentLinesWithdrawn('A', 'R', { main: { plate: 1 } }))
  t.deepEqual(
    (await service.publishedData()).map(({ type, sequence }) => [type, sequence]),
    [
      ['order.lines_cancelled', 4],
      ['order.completed', 5],
    ],
  )
  t.is((await service.order('A'))?.status, 'completed')
})

test('the timeline tells what became of each shipment, return and refund, once each', async t => {
  const service = await acceptedOrders(t, 'A')
  const orderId = idOf('A')
  const shipment = (id: string) => ({ orderId, shipmentId: idOf(id) })
  const goods = { from: 'main', to: 'main', lines: [{ sku: 'mug', quantity: 1, condition: 'restock' as const }] }
  const refund = { paymentId: idOf('P'), amount: 100, currency: 'EUR', reason: 'account_closed' }
  const steps = ['1', '2'].flatMap(one => [
    anEvent('shipment.delivered', orderId, shipment(`S${one}`)),
    anEvent('shipment.undeliverable', orderId, { ...shipment(`S${one}`), detail: 'no such address' }),
    anEvent('shipment.lost', orderId, shipment(`S${one}`)),
    anEvent('return.cancelled', orderId, { ...shipment(`S${one}`), returnId: idOf(`B${one}`) }),
    anEvent('stock.returned', orderId, { orderId, returnId: idOf(`B${one}`), ...goods }),
    anEvent('payment.refund_failed', orderId, { orderId, refundId: idOf(`R${one}`), ...refund }),
  ])
  await service.receives(...steps, ...steps.map(again))
  const expected = ['1', '2'].flatMap(one => [
    ...['shipment.delivered', 'shipment.undeliverable', 'shipment.lost'].map(event => `${event} ${ref(`S${one}`)}`),
    ...['return.cancelled', 'stock.returned'].map(event => `${event} ${ref(`B${one}`)}`),
    `payment.refund_failed ${ref(`R${one}`)}`,
  ])
  t.deepEqual((await service.timeline('A')).slice(4).sort(), expected.sort())
})

test('the last withdrawal is undone once more, and the timeline says so', async t => {
  const service = await acceptedOrders(t, 'A')
  await service.asks('A', 'R1', { plate: 1 })
  await service.asks('A', 'R2', { mug: 2 })
  await service.receives(shipmentLinesWithdrawn('A', 'R1', { main: { plate: 1 } }))
  const released = stockReleased('A', { plate: 1 })
  await service.receives({ ...released, data: { ...released.data, requestId: idOf('R1') } })
  await service.receives(shipmentLinesWithdrawn('A', 'R2', { main: { mug: 2 } }))
  const rest = stockReleased('A', { mug: 2 })
  await service.receives(rest)
  await service.receives(again(rest))
  t.deepEqual(
    (await service.timeline('A')).filter(step => step.startsWith('stock.released')),
    [`stock.released ${ref('R1')}`, 'stock.released'],
  )
})

test('an order of which nothing is left is cancelled: as requested, and by whom', async t => {
  const service = await acceptedOrders(t, 'A')
  await service.asks('A', 'R')
  await service.published()
  await service.receives(shipmentLinesWithdrawn('A', 'R', { main: { mug: 2, plate: 1 } }))
  t.deepEqual(await service.publishedData(), [
    {
      type: 'order.cancelled',
      sequence: 4,
      reason: 'requested',
      detail: 'ordered twice',
      cancelledBy: idOf('anna'),
      requestId: idOf('R'),
    },
  ])
  t.like(await service.order('A'), { status: 'cancelled', reason: 'requested', detail: 'ordered twice' })
  t.deepEqual(await service.requests('A'), ['withdrawn'])
})

test('a request is answered although its order was completed first', async t => {
  const service = await acceptedOrders(t, 'A')
  await service.asks('A', 'R')
  await service.receives(stockCommitted('A', { mug: 2, plate: 1 }, 'S'))
  await service.published()
  await service.receives(shipmentLinesWithdrawn('A', 'R', {}, { refused: { mug: 2, plate: 1 } }))
  t.deepEqual(await service.requests('A'), ['refused'])
  t.deepEqual(await service.published(), [])
  t.is((await service.order('A'))?.status, 'completed')
})

test('an answer to a request that nobody made changes nothing', async t => {
  const service = await acceptedOrders(t, 'A')
  await service.receives(shipmentLinesWithdrawn('A', 'R', { main: { mug: 2 } }))
  t.deepEqual(await service.published(), [])
  t.is(await service.storedLines(), 0)
})

test('a return that comes before its stock.committed is kept, and counted with that', async t => {
  const service = await acceptedOrders(t, 'A')
  const back = returnReceived('A', 'B', { restock: { mug: 1 }, scrap: { mug: 1 } })
  await service.receives(back)
  t.deepEqual(await service.published(), [])
  t.is(await service.waitsFor('A'), 'return')
  await service.receives(stockCommitted('A', { mug: 2, plate: 1 }, 'S'), again(back))
  t.deepEqual(await service.publishedData(), [
    { type: 'order.completed', sequence: 3 },
    {
      type: 'order.lines_returned',
      sequence: 4,
      returnId: idOf('B'),
      lines: [{ sku: 'mug', quantity: 2 }],
      refund: { refundId: idOf('B'), amount: 200 },
    },
  ])
  t.is((await service.order('A'))?.status, 'completed')
  t.is(await service.waitsFor('A'), undefined)
})

test('each return of a completed order is refunded once', async t => {
  const service = await acceptedOrders(t, 'A')
  await service.receives(stockCommitted('A', { mug: 2, plate: 1 }, 'S'))
  await service.published()
  const [first, second] = [
    returnReceived('A', 'B1', { restock: { mug: 1 } }),
    returnReceived('A', 'B2', { lost: { plate: 1 } }),
  ]
  await service.receives(first, second, again(first))
  await service.receives(again(second))
  t.deepEqual(
    (await service.published()).map(({ type, sequence, data }) => [type, sequence, data.refund]),
    [
      ['order.lines_returned', 4, { refundId: idOf('B1'), amount: 100 }],
      ['order.lines_returned', 5, { refundId: idOf('B2'), amount: 300 }],
    ],
  )
  t.deepEqual(await service.lines('A'), [
    { cancelled: 0, shipped: 2, returned: 1 },
    { cancelled: 0, shipped: 1, returned: 1 },
  ])
})

test('goods that turn up move no money', async t => {
  const service = await acceptedOrders(t, 'A')
  await service.receives(stockCommitted('A', { mug: 2, plate: 1 }, 'S'))
  await service.receives(returnReceived('A', 'B', { lost: { mug: 2 } }))
  await service.published()
  await service.receives(returnFound('A', 'F', 'B', { restock: { mug: 2 } }))
  t.deepEqual(await service.published(), [])
})

test('nothing comes back from an order that was never accepted', async t => {
  const service = await pendingOrders(t, 'A')
  await service.receives(returnReceived('A', 'B', { restock: { mug: 1 } }))
  t.deepEqual(await service.published(), [])
  t.is(await service.storedLines(), 0)
})

test('an order whose payment overtakes its reservation is accepted by the second of the two, once', async t => {
  const service = await pendingOrders(t, 'A')
  await service.receives(paymentSucceeded('A'))
  t.is((await service.order('A'))?.status, 'pending')
  const reserved = stockReserved('A')
  await service.receives(reserved)
  await service.receives(again(reserved), paymentSucceeded('A'))
  t.deepEqual(
    (await service.publishedData()).map(({ type, sequence }) => [type, sequence]),
    [['order.accepted', 2]],
  )
})

test('order.accepted says where the goods lie, unless all of them lie at main', async t => {
  const service = await pendingOrders(t, 'A', 'B')
  const allocated = (name: string, location: string) => {
    const event = stockReserved(name)
    const allocations = [
      { location, sku: 'mug', quantity: 2 },
      { location: 'main', sku: 'plate', quantity: 1 },
    ]
    return { ...event, data: { ...event.data, allocations } }
  }
  await service.receives(allocated('A', 'shop'), allocated('B', 'main'))
  await service.receives(paymentSucceeded('A'), paymentSucceeded('B'))
  const accepted = new Map((await service.published()).map(event => [event.key, event]))
  t.like(accepted.get(idOf('A')), {
    type: 'order.accepted',
    data: { allocations: [{ location: 'shop', sku: 'mug', quantity: 2 }, { location: 'main' }] },
  })
  t.like(accepted.get(idOf('B')), { type: 'order.accepted', data: { allocations: undefined } })
})

test('after an update, a paid order is accepted whose stock.reserved a replica of the release before consumed', async t => {
  const service = await pendingOrders(t, 'A', 'B')
  await service.receives(paymentSucceeded('A'), paymentSucceeded('B'))
  await service.change(
    `INSERT INTO timeline (order_id, event, service, at) VALUES ($1, 'stock.reserved', 'inventory-service', now())`,
    [idOf('A')],
  )
  t.is(await acceptPaid(service.db), 1)
  t.is(await acceptPaid(service.db), 0)
  t.is((await service.order('A'))?.status, 'accepted')
  t.is((await service.order('B'))?.status, 'pending')
})

test('what a replica of the release before completed can be sent back', async t => {
  const service = await acceptedOrders(t, 'A')
  await service.change(`UPDATE orders SET status = 'completed', version = 3`)
  await service.receives(returnReceived('A', 'B', { restock: { plate: 1 } }))
  t.like((await service.publishedData())[0], { type: 'order.lines_returned', sequence: 4, refund: { amount: 300 } })
})

test('an order that waits for people is not under way, and stuck only when they are late', async t => {
  const service = await acceptedOrders(t, 'A', 'B')
  const stuck = async () => (await listOrders(service.db.read, { stuck: true, limit: 10 }, 0)).map(({ id }) => id)
  const underWay = async () => (await readBacklog(service.db.read, 10, 60_000)).open
  await service.receives(opened('A', 'S', inADay), opened('B', 'T', anHourAgo))
  t.is(await underWay(), 0)
  t.deepEqual(await stuck(), [idOf('B')])
  t.like(
    (await countStuck(service.db.read, 0)).find(({ status }) => status === 'accepted'),
    { orders: 1 },
  )
  await service.receives(
    shipmentShipped('A', { shipment: 'S', lines: { mug: 1 } }),
    opened('A', 'rest', inADay),
    shipmentShipped('B', { shipment: 'T' }),
  )
  t.is(await underWay(), 1, 'B waits for its stock to leave')
  t.truthy((await service.order('A'))?.lateAt, 'the rest waits for people')
  await service.receives(opened('B', 'T', anHourAgo))
  t.is(
    (await service.order('B'))?.lateAt,
    null,
    'a shipment that has left does not wait, although its event comes again',
  )
  await service.receives(
    shipmentShipped('A', { shipment: 'rest' }),
    stockCommitted('A', { mug: 2, plate: 1 }),
    stockCommitted('B', { mug: 2, plate: 1 }),
  )
  t.is(await underWay(), 0)
  t.deepEqual(await stuck(), [])
})

test('a return that is kept for long makes its order stuck', async t => {
  const service = await acceptedOrders(t, 'A')
  await service.receives(stockCommitted('A', { mug: 1 }, 'S1'))
  await service.receives(returnReceived('A', 'B', { restock: { mug: 2 } }))
  await service.change(`UPDATE order_returns SET received_at = now() - interval '1 hour'`)
  t.true((await service.order('A'))?.stuck)
  t.is(await service.waitsFor('A'), 'return')
})

const many = numbered(100).map(n => `order ${n}`)
const types: Record<string, (order: string) => Parameters<TestConsumer['receives']>> = {
  'stock.reserved': order => [stockReserved(order)],
  'a part of the stock.committed': order => [stockCommitted(order, { mug: 1 }, `S of ${order}`)],
  'all of the stock.committed': order => [stockCommitted(order, { mug: 2, plate: 1 }, `S of ${order}`)],
  'shipment.lines_withdrawn, in part': order => [shipmentLinesWithdrawn(order, `R of ${order}`, { main: { mug: 1 } })],
  'shipment.lines_withdrawn, all of it': order => [
    shipmentLinesWithdrawn(order, `R of ${order}`, { main: { mug: 2, plate: 1 } }),
  ],
  'return.received': order => [returnReceived(order, `B of ${order}`, { restock: { mug: 1 } })],
  'shipment.opened': order => [opened(order, `S of ${order}`, inADay)],
  'shipment.shipped': order => [shipmentShipped(order)],
  'payment.refunded': order => [paymentRefunded(order)],
  'all that can happen': order => [
    opened(order, `S of ${order}`, inADay),
    shipmentShipped(order, { shipment: `S of ${order}` }),
    stockCommitted(order, { mug: 1, plate: 1 }, `S of ${order}`),
    shipmentLinesWithdrawn(order, `R of ${order}`, { main: { mug: 1 } }),
    returnReceived(order, `B of ${order}`, { restock: { mug: 1 } }),
  ],
}
for (const [type, eventsOf] of Object.entries(types))
  test(`a hundred orders take as many statements as one: ${type}`, async t => {
    const service = await acceptedOrders(t, 'one', ...many)
    for (const name of ['one', ...many]) await service.asks(name, `R of ${name}`)
    const alone = await service.statementsFor(...eventsOf('one'))
    t.is(await service.statementsFor(...many.flatMap(eventsOf)), alone)
    t.true(alone > 2)
  })
