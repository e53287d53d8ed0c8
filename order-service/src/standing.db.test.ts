import test, { type ExecutionContext } from 'ava'
import { stepNames, type StepName } from '@docket/contract/steps.ts'
import { authenticator } from '@docket/chassis/http/auth.ts'
import { keys, observerToken } from '@docket/test/support/http-server.ts'
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
  const url = await aServer(
    t,
    routes({ windowMs: 60_000, stuckAfterMs: 30_000, intake, limits: orderLimits(600) }),
    db,
    authenticator(async () => keys.publicKey),
  )
  const get = (path: string, who = observerToken()) => call(url + path, 'GET', undefined, bearer(who))
  return {
    ...consumer,
    db,
    get,
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
  asked: 'withdrawal',
  'asked and completed': 'withdrawal',
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
  await shop.asks('asked')
  await shop.asks('asked and completed')
  await receives(stockCommitted('asked and completed', { mug: 3 }, 'S8'))
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
