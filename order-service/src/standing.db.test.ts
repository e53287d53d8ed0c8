import test, { type ExecutionContext } from 'ava'
import type { DocketEvent } from '@docket/contract/event.ts'
import { stepNames, type StepName } from '@docket/contract/steps.ts'
import type { Tx } from '@docket/chassis/database/database.ts'
import { authenticator } from '@docket/chassis/http/auth.ts'
import { keys, observerToken, token } from '@docket/test/support/http-server.ts'
import { call } from '@docket/test/support/client.ts'
import {
  anEvent,
  idOf,
  paymentSucceeded,
  returnReceived,
  shipmentShipped,
  stockCommitted,
  stockReserved,
} from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { pendingOrder } from '@docket/test/support/pending-order.ts'
import { aServer } from '@docket/test/support/service-endpoints.ts'
import { requestCancel } from './cancel-request.steps.ts'
import { readFulfilments, type StoredFulfilment } from './fulfilment.store.ts'
import { handlers } from './order.handlers.ts'
import { intakeOf } from './order.intake.ts'
import { orderLimits } from './order.limits.ts'
import { routes } from './order.routes.ts'
import { cancelAll, create } from './order.steps.ts'
import { standingRoutes } from './standing.routes.ts'
import { readPace, readStandings } from './standing.store.ts'

interface Answer {
  steps: { name: StepName; orders: number; stuck: number; oldestSince?: string; perSecond: number; p50Ms?: number }[]
  orders: { id: string; waitsFor: { name: StepName; step: string; since: string } }[]
  perSecond: Record<string, number>
  windowSeconds: number
  isLimited: boolean
}

const bearer = (who: string) => ({ authorization: `Bearer ${who}` })
const three = [{ sku: 'mug', name: 'Mug', quantity: 3, unitPrice: 100 }]

async function theOrders(t: ExecutionContext, ...names: string[]) {
  const { db, ...consumer } = await aConsumer(t, 'order-service', handlers)
  await db.transaction(tx =>
    create(
      tx,
      names.map(name => ({ ...pendingOrder(name), lines: three })),
      60_000,
    ),
  )
  const intake = intakeOf({ ceiling: 1_000, waitMs: 3_000 })
  const topics: DocketEvent[] = []
  const settings = { stuckAfterMs: 30_000, unconsumed: async () => Map.groupBy(topics, ({ key }) => key) }
  const url = await aServer(
    t,
    [...routes({ ...settings, windowMs: 60_000, intake, limits: orderLimits(600) }), ...standingRoutes(settings)],
    db,
    authenticator(async () => keys.publicKey),
  )
  const get = (path: string, who = observerToken()) => call(url + path, 'GET', undefined, bearer(who))
  return {
    ...consumer,
    db,
    get,
    topics,
    /** Time passes, in which the orders make no progress. */
    waits: () => db.transaction(tx => tx.query(`UPDATE orders SET updated_at = updated_at - interval '1 minute'`)),
    overview: async () => (await get('/order-steps')).body as unknown as Answer,
    async accepted(...some: string[]) {
      await consumer.receives(...some.map(name => stockReserved(name)), ...some.map(name => paymentSucceeded(name)))
    },
    asks: (name: string) =>
      db.transaction(async tx => {
        const [order] = await readFulfilments(tx, [idOf(name)])
        const request = { id: idOf(`R of ${name}`), lines: undefined, detail: null, requestedBy: idOf('anna') }
        return requestCancel(tx, order as StoredFulfilment, request)
      }),
  }
}

const opened = (order: string, shipment: string) =>
  anEvent('shipment.opened', idOf(order), {
    orderId: idOf(order),
    shipmentId: idOf(shipment),
    location: 'main',
    lines: [{ sku: 'mug', quantity: 1 }],
    lateAt: '2099-01-01T00:00:00.000Z',
  })

const standing: Partial<Record<string, StepName>> = {
  created: 'reservation',
  reserved: 'charge',
  overtaken: 'acceptance',
  accepted: 'shipment',
  opened: 'handover',
  'handed over': 'departure',
  shipped: 'departure',
  'half gone': 'shipment',
  'half gone, the rest on its way': 'departure',
  'to be cancelled': 'withdrawal',
  'to be cancelled, and completed': 'withdrawal',
  'came back too early': 'return',
}
const ended = ['completed', 'cancelled']

async function ordersAtEveryStep(t: ExecutionContext) {
  const shop = await theOrders(t, ...Object.keys(standing), ...ended)
  const { receives } = shop
  const notAccepted = new Set(['created', 'reserved', 'overtaken', 'cancelled'])
  await shop.accepted(...Object.keys(standing).filter(name => !notAccepted.has(name)), 'completed')
  await receives(stockReserved('reserved'), paymentSucceeded('overtaken'))
  await receives(
    opened('opened', 'S1'),
    opened('handed over', 'S2'),
    shipmentShipped('handed over', { shipment: 'S2' }),
    shipmentShipped('shipped', { shipment: 'S3' }),
    shipmentShipped('half gone', { shipment: 'S4' }),
    stockCommitted('half gone', { mug: 1 }, 'S4'),
    shipmentShipped('half gone, the rest on its way', { shipment: 'S5' }),
    stockCommitted('half gone, the rest on its way', { mug: 1 }, 'S5'),
    stockCommitted('completed', { mug: 3 }, 'S6'),
    returnReceived('came back too early', 'B', { restock: { mug: 1 } }),
  )
  await receives(shipmentShipped('half gone, the rest on its way', { shipment: 'S7' }))
  await shop.db.transaction(tx => cancelAll(tx, [{ id: idOf('cancelled'), reason: 'requested' }]))
  await shop.asks('to be cancelled')
  await shop.asks('to be cancelled, and completed')
  await receives(stockCommitted('to be cancelled, and completed', { mug: 3 }, 'S8'))
  return shop
}

test('an order, the list and the overview name the same step for each order, and count each order once', async t => {
  const shop = await ordersAtEveryStep(t)
  const { steps, orders, isLimited } = await shop.overview()
  const named = new Map(orders.map(({ id, waitsFor }) => [id, waitsFor]))
  const listed = (await shop.get('/orders?limit=500')).body.items as { id: string; waitsFor?: unknown }[]
  for (const [name, step] of Object.entries(standing)) {
    const shown = (await shop.get(`/orders/${idOf(name)}`)).body
    t.like(shown, { waitsFor: { name: step } }, name)
    t.deepEqual(named.get(idOf(name)), shown.waitsFor as never, name)
    t.deepEqual(listed.find(({ id }) => id === idOf(name))?.waitsFor, shown.waitsFor, name)
  }
  t.is(named.size, Object.keys(standing).length, 'and no order that has ended')
  t.deepEqual(
    steps.map(({ name, orders }) => [name, orders]),
    stepNames.map(name => [name, Object.values(standing).filter(one => one === name).length]),
  )
  t.false(isLimited)
})

test('what order-service has not consumed counts, once it does not keep up', async t => {
  const shop = await ordersAtEveryStep(t)
  shop.topics.push(
    stockReserved('created'),
    paymentSucceeded('reserved'),
    stockReserved('overtaken'),
    shipmentShipped('opened', { shipment: 'S1' }),
    shipmentShipped('shipped', { shipment: 'S3' }), // consumed, and not committed
    stockCommitted('half gone', { mug: 1 }, 'S4'), // likewise
    stockCommitted('half gone, the rest on its way', { mug: 2 }, 'S7'),
  )
  const moved = {
    ...standing,
    created: 'charge',
    reserved: 'acceptance',
    opened: 'departure',
    'half gone, the rest on its way': 'ending',
  }
  const stepOf = async (name: string) =>
    ((await shop.get(`/orders/${idOf(name)}`)).body as { waitsFor?: { name: string } }).waitsFor?.name
  t.is(await stepOf('created'), 'reservation', 'an order that has just made progress')
  await shop.waits()
  for (const [name, step] of Object.entries(moved)) t.is(await stepOf(name), step, name)
  const { steps, orders } = await shop.overview()
  t.deepEqual(
    steps.map(({ name, orders }) => [name, orders]),
    stepNames.map(name => [name, Object.values(moved).filter(one => one === name).length]),
  )
  const named = new Map(orders.map(({ id, waitsFor: { name } }) => [id, name]))
  for (const [name, step] of Object.entries(moved)) t.is(named.get(idOf(name)), step as StepName, name)
})

test('the overview says how many of the orders at a step are stuck, also where order-service is behind', async t => {
  const shop = await theOrders(t, 'stands', 'stands further on', 'moves')
  await shop.waits()
  shop.topics.push(stockReserved('stands further on'))
  await shop.receives(stockReserved('moves'))
  const { steps } = await shop.overview()
  t.like(
    steps.filter(({ orders }) => orders > 0),
    [
      { name: 'reservation', orders: 1, stuck: 1 },
      { name: 'charge', orders: 2, stuck: 1 },
    ],
  )
})

test('the pace of the last minute: how many passed each step, and how long that took', async t => {
  const shop = await theOrders(t, 'A', 'B')
  const nowMs = Date.now()
  const ago = (ms: number) => new Date(nowMs - ms).toISOString()
  await shop.db.transaction(tx => tx.query('UPDATE timeline SET at = $1', [ago(10_000)]))
  await shop.receives(
    { ...stockReserved('A'), time: ago(9_000) },
    { ...stockReserved('B'), time: ago(7_000) },
    { ...paymentSucceeded('A'), time: ago(6_500) },
  )
  await shop.db.transaction(tx => tx.query(`UPDATE timeline SET at = $1 WHERE event = 'order.accepted'`, [ago(6_000)]))
  await shop.receives(
    { ...opened('A', 'S'), time: ago(5_000) },
    { ...shipmentShipped('A', { shipment: 'S' }), time: ago(2_000) },
    { ...stockCommitted('A', { mug: 3 }, 'S'), time: ago(1_500) },
  )
  const { steps, perSecond, windowSeconds } = await shop.overview()
  t.is(windowSeconds, 60)
  const passed = new Map(steps.map(({ name, perSecond, p50Ms }) => [name, [Math.round(perSecond * 60), p50Ms]]))
  const about = (name: StepName, orders: number, ms: number) => {
    const [count, p50Ms] = passed.get(name) ?? []
    t.is(count, orders, name)
    t.true(Math.abs((p50Ms ?? NaN) - ms) < 500, `${name}: ${p50Ms}`)
  }
  about('reservation', 2, 2_000)
  about('charge', 1, 2_500)
  about('acceptance', 1, 500)
  about('handover', 1, 3_000)
  about('departure', 1, 500)
  about('ending', 1, 1_500)
  t.deepEqual(passed.get('shipment'), [0, undefined], 'it was a handover')
  t.deepEqual(
    Object.entries(perSecond).map(([what, rate]) => [what, Math.round(rate * 60)]),
    [
      ['created', 2],
      ['completed', 1],
      ['rejected', 0],
      ['cancelled', 0],
    ],
  )
})

test('an order that ended long ago costs nothing: only indexes are read', async t => {
  const { db } = await theOrders(t)
  const plans: string[] = []
  const explained: Tx = {
    ...db.read,
    async query(sql, values) {
      const { rows } = await db.read.query<Record<string, string>>(`EXPLAIN ${sql}`, values)
      plans.push(rows.map(row => Object.values(row)[0]).join('\n'))
      return { rows: [], rowCount: 0 }
    },
  }
  await readPace(explained, 60)
  await readStandings(explained, { most: 10, listed: 5, except: [], stuckAfterMs: 30_000 })
  t.is(plans.length, 2)
  for (const plan of plans) t.notRegex(plan, /Seq Scan/, plan)
  t.regex(plans[0] ?? '', /timeline_by_time/)
  t.regex(plans[1] ?? '', /orders_under_way[^]*orders_that_may_be_late/)
})

test('customers do not see it, and all who ask at once share one answer', async t => {
  const shop = await theOrders(t, 'A')
  t.like(await shop.get('/order-steps', token({ sub: idOf('anna') })), { status: 403 })
  const answers = await Promise.all([1, 2, 3].map(() => shop.overview()))
  t.is(new Set(answers.map(answer => JSON.stringify(answer))).size, 1)
})
