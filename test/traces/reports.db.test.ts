import test from 'ava'
import type { Database } from '@docket/chassis/database/database.ts'
import { newId } from '@docket/chassis/id.ts'
import { anEvent } from '@docket/test/support/events.ts'
import { aShop } from './shop.ts'

test('sales, by whatever they are added up, are what the provider keeps, to the cent, but for goodwill', async t => {
  const shop = await aShop(t)
  await shop.acceptedOrder({ mug: 2, plate: 1 })

  const returned = await shop.acceptedOrder({ mug: 2 })
  await shop.deliverAll()
  await shop.goodwill(returned, 50)
  await shop.receive(await shop.askReturn(returned, { mug: 1 }), 'scrap', { mug: 1 })
  await shop.deliverAll()

  // the return is worth more than is left: of the goodwill, nothing remains
  const nothingLeft = await shop.acceptedOrder({ plate: 1 })
  await shop.goodwill(nothingLeft, 250)
  await shop.receive(await shop.askReturn(nothingLeft, { plate: 1 }), 'restock', { plate: 1 })
  await shop.deliverAll()

  await shop.order({ mug: 1 }, 'tok_declined')
  await shop.order({ mug: 1_000 })
  await shop.deliverAll()

  const [money, ...others] = await shop.report('payment', 'money')
  t.deepEqual(others, [])
  t.deepEqual(money, { currency: 'EUR', captured: 2_000, refunded: 750, owed: 0, goodwill: 50, kept: 1_250 })
  for (const by of ['day', 'sku', 'customer']) {
    const rows = await shop.report('order', `sales?by=${by}`)
    const sum = (field: string) => rows.reduce((total, row) => total + Number(row[field]), 0)
    t.deepEqual([sum('gross'), sum('cancelled'), sum('returned'), sum('net')], [2_000, 0, 700, 1_300], by)
    t.is(sum('net') - Number(money?.goodwill), Number(money?.kept), by)
  }
  const provider = await shop.providerKeeps()
  t.is(provider, Number(money?.kept))
  t.like(await shop.report('order', 'sales?by=sku'), [
    { key: 'mug', orders: 2, pieces: 4, gross: 1_200, returned: 300, net: 900 },
    { key: 'plate', orders: 2, pieces: 2, gross: 800, returned: 400, net: 400 },
  ])
})

test('what is cancelled after acceptance is sold and cancelled; before, it is a reason and no sale', async t => {
  const shop = await aShop(t, { handover: 'manual' })
  const some = await shop.acceptedOrder({ mug: 3, plate: 1 })
  await shop.cancel(some, { mug: 2 })
  const all = await shop.acceptedOrder({ plate: 1 })
  await shop.goodwill(all, 100)
  await shop.cancel(all)
  await shop.deliverAll()
  const pending = await shop.order({ mug: 1 })
  await shop.cancel(pending)
  await shop.deliverAll()
  t.like(await shop.report('order', 'sales?by=sku'), [
    { key: 'plate', gross: 800, cancelled: 400, net: 400 },
    { key: 'mug', gross: 900, cancelled: 600, net: 300 },
  ])
  const [money] = await shop.report('payment', 'money')
  t.like(money, { goodwill: 0, kept: 700, owed: 0 })
  t.is(await shop.providerKeeps(), 700)
  t.deepEqual(await shop.report('order', 'reasons'), [
    { status: 'cancelled', reason: 'requested', currency: 'EUR', orders: 2, total: 700 },
  ])
})

test('lead times are those of the steps that were taken, from the creation of the order', async t => {
  const shop = await aShop(t)
  await shop.acceptedOrder({ mug: 1 })
  await shop.services.order.db.transaction(tx =>
    tx.query(`UPDATE timeline SET at = (SELECT created_at FROM orders WHERE id = order_id) + interval '90 s'
      WHERE event = 'order.accepted'`),
  )
  const steps = await shop.report('order', 'lead-time')
  t.deepEqual(
    steps.map(({ step }) => step),
    ['stock.reserved', 'payment.succeeded', 'order.accepted', 'shipment.shipped', 'order.completed'],
  )
  t.like(steps[2], { orders: 1, p50: 90, p95: 90, longest: 90 })
})

test('each currency is added up by itself, and each span by the orders that were created in it, whatever came later', async t => {
  const shop = await aShop(t)
  const globe = { sku: 'globe', name: 'globe', unitPrice: 1_099, currency: 'USD', quantity: 10 }
  t.is((await shop.services.inventory.post('/items', globe)).status, 201)
  await shop.deliverAll()
  const before = [await shop.acceptedOrder({ mug: 2 }), await shop.acceptedOrder({ globe: 3 })]
  const border = await shop.acceptedOrder({ globe: 1 }) // the first order of the second span
  await shop.acceptedOrder({ plate: 2 })
  // what happens now is in the span of its order
  await shop.receive(await shop.askReturn(before[0] ?? '', { mug: 1 }), 'restock', { mug: 1 })
  await shop.receive(await shop.askReturn(before[1] ?? '', { globe: 1 }), 'scrap', { globe: 1 })
  await shop.goodwill(before[1] ?? '', 1, 'a cent')
  await shop.goodwill(border, 1_099, 'all of it')
  await shop.deliverAll()

  const borderTime = new Date(createdMs(border)).toISOString()
  t.true(createdMs(before[1] ?? '') < createdMs(border))
  const spans = {
    [`since=2020-01-01T00:00:00Z&until=${borderTime}`]: { EUR: [300, 0], USD: [2_198, 1] },
    [`since=${borderTime}`]: { EUR: [800, 0], USD: [1_099, 1_099] },
    'since=2020-01-01T00:00:00Z': { EUR: [1_100, 0], USD: [3_297, 1_100] },
  }
  for (const [span, expected] of Object.entries(spans)) {
    const items = async (name: 'order' | 'payment', path: string) =>
      (await shop.services[name].get(`/reports/${path}${span}`)).body.items as Record<string, unknown>[]
    const money = await items('payment', 'money?')
    for (const [currency, [net = 0, goodwill = 0]] of Object.entries(expected)) {
      const own = (row: Record<string, unknown>) => row.currency === currency
      t.like(money.find(own), { goodwill, owed: 0, kept: net - goodwill }, `${span} ${currency}`)
      for (const by of ['day', 'sku', 'customer']) {
        const rows = (await items('order', `sales?by=${by}&`)).filter(own)
        t.is(
          rows.reduce((sum, row) => sum + Number(row.net), 0),
          net,
          `${span} ${currency} by ${by}`,
        )
      }
    }
  }
})

test('a day is one of UTC, to its last millisecond, and the days add up to what the provider keeps', async t => {
  const shop = await aShop(t)
  await standsInAuckland(shop.services.order.db) // before the first report, which opens its connection
  const [late, early] = [await shop.acceptedOrder({ mug: 1 }), await shop.acceptedOrder({ plate: 1 })]
  await shop.goodwill(early, 150)
  await shop.deliverAll()
  for (const [id, at] of [
    [late, '2026-03-28T23:59:59.999Z'],
    [early, '2026-03-29T00:00:00.000Z'], // the night in which clocks change in Europe
  ])
    await shop.services.order.db.transaction(tx =>
      tx.query('UPDATE orders SET created_at = $2 WHERE id = $1', [id, at]),
    )
  const days = await shop.report('order', 'sales?by=day')
  t.like(days, [
    { key: '2026-03-28', net: 300 },
    { key: '2026-03-29', net: 400 },
  ])
  t.is(await shop.providerKeeps(), 300 + 400 - 150)
})

/** New connections take its zone for theirs. */
const standsInAuckland = (db: Database) =>
  db.transaction(tx =>
    tx.query(`DO $$ BEGIN
      EXECUTE format('ALTER DATABASE %I SET timezone TO %L', current_database(), 'Pacific/Auckland');
    END $$`),
  )

test('what a customer got by hand, without the provider, is refunded, and owed no more', async t => {
  const shop = await aShop(t)
  const order = await shop.order({ mug: 2 }, 'tok_refund_declined')
  await shop.deliverAll()
  await shop.receive(await shop.askReturn(order, { mug: 1 }), 'scrap', { mug: 1 })
  await shop.deliverAll()
  const money = async () => (await shop.report('payment', 'money'))[0]
  t.like(await money(), { captured: 600, refunded: 0, owed: 300, kept: 300 })
  const [refund] = await shop.refunds(order)
  await shop.services.payment.post(`/refunds/${refund?.id}/by-hand`, { reason: 'a cheque' })
  t.like(await money(), { captured: 600, refunded: 300, owed: 0, kept: 300 })
})

test('an order that never existed is no order that was cancelled', async t => {
  const shop = await aShop(t)
  const [forged, paymentId] = [newId(), newId()]
  const payment = { orderId: forged, paymentId, amount: 1_000, currency: 'EUR' }
  await shop.services.order.receives(anEvent('payment.succeeded', forged, payment))
  t.like(await shop.publishedBy('order'), [{ type: 'order.cancelled', key: forged }])
  t.deepEqual(await shop.report('order', 'reasons'), [])
})

/** As ids of version 7 begin with it. */
const createdMs = (id: string) => Number.parseInt(id.replace('-', '').slice(0, 12), 16)
