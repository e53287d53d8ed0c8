import test, { type ExecutionContext } from 'ava'
import { readMarks } from '@docket/chassis/messaging/purge-marks.ts'
import {
  anEvent,
  idOf,
  itemCreated,
  shipmentLinesWithdrawn,
  paymentRefunded,
  paymentSucceeded,
  returnReceived,
  shipmentShipped,
  stockCommitted,
  stockReleased,
  stockReserved,
  type Lines,
} from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { runPurge } from '@docket/test/support/purges.ts'
import { requestCancel } from './cancel-request.steps.ts'
import { readFulfilments, type StoredFulfilment } from './fulfilment.store.ts'
import { handlers } from './order.handlers.ts'
import { cancelAll, create } from './order.steps.ts'
import { findOrder } from './order.store.ts'
import { follow } from './order.stream.ts'
import { purges } from './retention.sweeps.ts'

const dayMs = 86_400_000

async function aShop(t: ExecutionContext, ordersDays?: number) {
  const shop = await aConsumer(t, 'order-service', handlers)
  const sweeps = purges(async () => ({
    detailsMs: 120 * dayMs,
    ordersMs: ordersDays === undefined ? undefined : ordersDays * dayMs,
  }))
  const inTransaction = (sql: string, values: unknown[]) => shop.db.transaction(tx => tx.query(sql, values))
  return {
    ...shop,
    async orders(...names: string[]) {
      const order = {
        status: 'pending' as const,
        customerId: idOf('a customer'),
        lines: [{ sku: 'mug', quantity: 2, name: 'mug', unitPrice: 500 }],
        total: 1_000,
        currency: 'EUR',
        paymentToken: 'tok_ok',
        shippingAddress: null,
      }
      await shop.db.transaction(tx =>
        create(
          tx,
          names.map(name => ({ ...order, id: idOf(name) })),
          900_000,
        ),
      )
    },
    async completes(...names: string[]) {
      for (const happens of [stockReserved, paymentSucceeded, shipmentShipped, stockCommitted])
        await shop.receives(...names.map(name => happens(name)))
    },
    cancels: (...names: string[]) =>
      shop.db.transaction(tx =>
        cancelAll(
          tx,
          names.map(name => ({ id: idOf(name), reason: 'requested' })),
        ),
      ),
    pass: (days: number, name?: string) =>
      inTransaction(
        'UPDATE orders SET updated_at = updated_at - make_interval(days => $1) WHERE $2::uuid IS NULL OR id = $2',
        [days, name === undefined ? null : idOf(name)],
      ),
    purges: () => runPurge(shop.db, sweeps),
    marks: () => readMarks(shop.db.read),
    isKnown: async (name: string) => (await findOrder(shop.db.read, idOf(name), undefined, 30_000)) !== undefined,
    async timelineOf(name: string) {
      const { rows } = await shop.db.read.query<{ event: string }>(
        'SELECT event FROM timeline WHERE order_id = $1 ORDER BY position',
        [idOf(name)],
      )
      return rows.map(({ event }) => event)
    },
    async announced() {
      return (await shop.published()).filter(({ type }) => type === 'retention.passed')
    },
  }
}

const sorted = (...names: string[]) => names.map(idOf).sort()

test('an order loses its timeline after the retention of its details, and is kept itself', async t => {
  const shop = await aShop(t)
  await shop.orders('A', 'B', 'C')
  await shop.completes('A', 'B')
  await shop.pass(121)
  await shop.pass(-2, 'B') // becomes final two days later
  await shop.purges()
  t.deepEqual((await shop.marks()).details.kept, sorted('B', 'C'))
  t.deepEqual(await shop.timelineOf('A'), [])
  t.is((await shop.timelineOf('B')).length, 7)
  t.true(await shop.isKnown('A'))
  const [event] = await shop.announced()
  t.like(event, { key: 'retention', sequence: 1 })
  t.like(event?.data, { details: (await shop.marks()).details })

  await shop.purges()
  t.deepEqual(await shop.announced(), [], 'nothing new')
  await shop.pass(2)
  await shop.purges()
  t.is((await shop.announced())[0]?.sequence, 2)
  t.deepEqual(await shop.timelineOf('B'), [])
})

test('whole orders go by the time that they became final, and each is announced before', async t => {
  const shop = await aShop(t, 400)
  await shop.orders('A', 'B', 'C')
  await shop.completes('A', 'B')
  await shop.pass(401)
  await shop.pass(-100, 'B')
  await shop.purges()
  t.deepEqual([await shop.isKnown('A'), await shop.isKnown('B'), await shop.isKnown('C')], [false, true, true])
  const { details, orders } = await shop.marks()
  t.deepEqual(details.kept, sorted('C'))
  t.deepEqual(orders.kept, sorted('B', 'C'))
  t.deepEqual((await shop.announced())[0]?.data, { details, orders })
})

test('a payment that comes again after its order was purged is ignored, and not cancelled as unknown', async t => {
  const shop = await aShop(t, 400)
  await shop.orders('A')
  const paid = paymentSucceeded('A')
  await shop.receives(stockReserved('A'), paid, shipmentShipped('A'), stockCommitted('A'))
  await shop.pass(401)
  await shop.purges()
  t.false(await shop.isKnown('A'))
  await shop.published()
  t.deepEqual(await shop.receives(paid), [paid])
  t.deepEqual(await shop.published(), [])
  t.false(await shop.isKnown('A'))
})

test('an order stays until everything that its cancellation undoes is undone', async t => {
  const shop = await aShop(t, 120)
  await shop.orders('A', 'B')
  await shop.receives(stockReserved('A'), stockReserved('B'))
  await shop.cancels('A', 'B')
  await shop.receives(paymentSucceeded('A'), stockReleased('A'))
  await shop.pass(200)
  await shop.purges()
  t.true(await shop.isKnown('A'), 'its money is not given back')
  t.true(await shop.isKnown('B'), 'its stock is not released')
  await shop.receives(paymentRefunded('A'), stockReleased('B'))
  await shop.pass(121)
  await shop.purges()
  t.deepEqual([await shop.isKnown('A'), await shop.isKnown('B')], [false, false])
})

test('who follows an order that has lost its timeline, or is purged, is not kept waiting', async t => {
  const shop = await aShop(t, 400)
  await shop.orders('A', 'B')
  await shop.completes('A', 'B')
  await shop.pass(121)
  await shop.pass(300, 'A')
  await shop.purges()
  t.deepEqual([await shop.isKnown('A'), await shop.isKnown('B')], [false, true])
  for (const order of ['A', 'B']) {
    const signal = AbortSignal.timeout(10_000)
    for await (const step of follow(shop.db, idOf(order), 0, signal)) t.fail(`${step.event} is left`)
    t.false(signal.aborted, order)
  }
})

test('events about a purged order are neither poison nor noted', async t => {
  const shop = await aShop(t, 120)
  await shop.orders('A')
  await shop.completes('A')
  await shop.pass(121)
  await shop.purges()
  await shop.published()
  const replay = [
    stockReserved('A'),
    paymentSucceeded('A'),
    shipmentShipped('A'),
    stockCommitted('A'),
    stockReserved('B'),
  ]
  t.deepEqual(await shop.receives(...replay), replay)
  t.false(await shop.isKnown('A'))
  t.deepEqual(await shop.timelineOf('A'), [])
  t.deepEqual(await shop.published(), [])
})

test('an event about an item is handled, also when its sku looks like the id of a purged order', async t => {
  const shop = await aShop(t)
  await shop.orders('A')
  await shop.completes('A')
  await shop.pass(121)
  await shop.purges()
  t.deepEqual(await shop.receives(itemCreated(idOf('A'))), [])
  const { rows } = await shop.db.read.query('SELECT sku FROM catalogue WHERE sku = $1', [idOf('A')])
  t.is(rows.length, 1)
})

test('nothing goes while the retention of the topics is not known, or has no limit', async t => {
  const shop = await aShop(t)
  await shop.orders('A')
  await shop.completes('A')
  await shop.pass(5_000)
  await runPurge(
    shop.db,
    purges(async () => ({ detailsMs: undefined, ordersMs: undefined })),
  )
  t.is((await shop.timelineOf('A')).length, 7)
  t.is((await shop.marks()).version, 0)
})

const back = (order: string, returned: string, lines: Lines) =>
  anEvent('return.requested', idOf(order), {
    orderId: idOf(order),
    returnId: idOf(returned),
    shipmentId: idOf(`parcel of ${order}`),
    kind: 'asked',
    lines: Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity })),
  })
const refunded = (order: string, refund: string) => {
  const event = paymentRefunded(order)
  return { ...event, data: { ...event.data, refundId: idOf(refund) } }
}

test('an order is kept until what was announced has come back, and its price is refunded', async t => {
  const shop = await aShop(t, 400)
  await shop.orders('A')
  await shop.completes('A')
  const isKept = async () => {
    await shop.pass(401)
    await shop.purges()
    return shop.isKnown('A')
  }
  await shop.receives(back('A', 'B1', { mug: 1 }), back('A', 'B2', { mug: 1 }))
  await shop.receives(returnReceived('A', 'B1', { restock: { mug: 1 } }), refunded('A', 'B1'))
  t.true(await isKept(), 'B2 has not come')
  await shop.receives(returnReceived('A', 'B2', { restock: { mug: 1 } }))
  t.true(await isKept(), 'B2 is not refunded')
  await shop.receives(refunded('A', 'B2'))
  t.false(await isKept())
})

test('an order with a cancel request is kept until that is answered, and goes with all that is known of it', async t => {
  const shop = await aShop(t, 400)
  await shop.orders('A')
  await shop.receives(stockReserved('A'), paymentSucceeded('A'))
  await shop.db.transaction(async tx => {
    const [order] = await readFulfilments(tx, [idOf('A')])
    const request = { id: idOf('R'), lines: undefined, detail: null, requestedBy: idOf('anna') }
    await requestCancel(tx, order as StoredFulfilment, request)
  })
  await shop.receives(shipmentShipped('A'), stockCommitted('A', { mug: 2 }, 'S'))
  await shop.receives(returnReceived('A', 'B', { restock: { mug: 1 } }), refunded('A', 'B'))
  await shop.pass(401)
  await shop.purges()
  t.true(await shop.isKnown('A'))
  await shop.receives(shipmentLinesWithdrawn('A', 'R', {}, { refused: { mug: 2 } }))
  await shop.pass(401)
  await shop.purges()
  const tables = 'order_lines cancel_requests order_returns counted_shipments manual_shipments timeline repeated_steps'
  const counts = tables.split(' ').map(table => `SELECT order_id FROM ${table}`)
  const { rows } = await shop.db.read.query(counts.join(' UNION ALL '))
  t.deepEqual([await shop.isKnown('A'), rows], [false, []])
})
