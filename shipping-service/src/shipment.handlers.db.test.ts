import test from 'ava'
import { again, orderCancelRequested, idOf, orderAccepted } from '@docket/test/support/events.ts'
import { aConsumer, type TestConsumer } from '@docket/test/support/listener.ts'
import { lockGoods } from './goods.store.ts'
import { updateLocation } from './location.store.ts'
import { handlers } from './shipment.handlers.ts'
import { shipmentsOf } from './shipment.store.ts'

const dispatchedByHand = ({ db }: TestConsumer) =>
  db.transaction(tx => updateLocation(tx, 'main', { handover: 'manual', lateAfterSeconds: 3_600 }))

const shipmentsIn = async ({ db }: TestConsumer, order: string) =>
  (await shipmentsOf(db.read, idOf(order))).map(({ location, status, lines }) => ({
    location,
    status,
    lines: lines.map(({ sku, quantity }) => `${quantity} ${sku}`).join(' '),
  }))

const answers = (published: Awaited<ReturnType<TestConsumer['published']>>) =>
  published
    .filter(({ type }) => type === 'shipment.lines_withdrawn')
    .map(({ data: { requestId, withdrawn, refused } }) => ({ requestId, withdrawn, refused }))

test('an accepted order leaves as one parcel, with a carrier and a tracking number', async t => {
  const shipping = await aConsumer(t, 'shipping-service', handlers)
  await shipping.receives(orderAccepted('A', { mug: 2 }))
  const [parcel] = await shipmentsOf(shipping.db.read, idOf('A'))
  t.deepEqual(parcel?.lines, [{ sku: 'mug', quantity: 2, returned: 0 }])
  const [event, ...more] = await shipping.published()
  t.like(event, { type: 'shipment.shipped', key: idOf('A'), sequence: 1 })
  t.deepEqual(event?.data, {
    orderId: idOf('A'),
    shipmentId: parcel?.id,
    carrier: parcel?.carrier,
    trackingNumber: parcel?.trackingNumber,
  })
  t.deepEqual(more, [])
})

test('an order that is accepted twice leaves once', async t => {
  const shipping = await aConsumer(t, 'shipping-service', handlers)
  const accepted = orderAccepted('A', { mug: 2 })
  await shipping.receives(accepted, again(accepted), orderAccepted('B', { mug: 1 }))
  await shipping.receives(again(accepted))
  t.deepEqual((await shipping.published()).map(({ key }) => key).sort(), [idOf('A'), idOf('B')].sort())
})

test('two replicas that consume the same orders hand over one parcel for each', async t => {
  const shipping = await aConsumer(t, 'shipping-service', handlers)
  const orders = Array.from({ length: 20 }, (_, n) => orderAccepted(`order ${n}`, { mug: 1 }))
  await Promise.all([shipping.receives(...orders), shipping.receives(...orders.toReversed().map(again))])
  t.is((await shipping.published()).length, 20)
})

test('an order that the release before has shipped does not leave again, whatever its location has become', async t => {
  const shipping = await aConsumer(t, 'shipping-service', handlers)
  const byTheReleaseBefore = (order: string) =>
    shipping.db.transaction(tx =>
      tx.query(
        `INSERT INTO shipments (order_id, id, carrier, tracking_number, lines)
         VALUES ($1, $2, 'Harbour Post', $2::uuid::text, '[{"sku": "mug", "quantity": 1}]')`,
        [idOf(order), idOf(`parcel of ${order}`)],
      ),
    )
  await byTheReleaseBefore('A')
  await byTheReleaseBefore('B')
  await shipping.receives(orderAccepted('A', { mug: 1 }))
  await dispatchedByHand(shipping)
  await shipping.receives(orderAccepted('B', { mug: 1 }), orderCancelRequested('B', 'request', { mug: 1 }))
  const published = await shipping.published()
  t.deepEqual(answers(published), [
    { requestId: idOf('request'), withdrawn: [], refused: [{ sku: 'mug', quantity: 1 }] },
  ])
  t.like(published, [{ type: 'shipment.lines_withdrawn', sequence: 2 }])
  t.is(published.length, 1)
  t.deepEqual(await shipmentsIn(shipping, 'B'), [{ location: 'main', status: 'shipped', lines: '1 mug' }])
})

test('where people hand over, a shipment waits, and says from when on it is late', async t => {
  const shipping = await aConsumer(t, 'shipping-service', handlers)
  await dispatchedByHand(shipping)
  const before = Date.now()
  await shipping.receives(orderAccepted('A', { mug: 2, plate: 1 }))
  t.deepEqual(await shipmentsIn(shipping, 'A'), [{ location: 'main', status: 'open', lines: '2 mug 1 plate' }])
  const [opened, ...more] = await shipping.published()
  t.like(opened, { type: 'shipment.opened', sequence: 1, data: { location: 'main' } })
  const lateInMs = Date.parse(String(opened?.data.lateAt)) - before
  t.true(lateInMs >= 3_600_000 && lateInMs < 3_660_000, `${lateInMs} ms`)
  t.deepEqual(more, [])
})

test('an order from several locations leaves in a shipment from each, and says what is in it', async t => {
  const shipping = await aConsumer(t, 'shipping-service', handlers)
  await shipping.db.transaction(tx => tx.query(`INSERT INTO locations (name, handover) VALUES ('shop', 'manual')`))
  await shipping.receives(orderAccepted('A', { mug: 2, plate: 1 }, { main: { mug: 1 }, shop: { mug: 1, plate: 1 } }))
  t.deepEqual(await shipmentsIn(shipping, 'A'), [
    { location: 'main', status: 'shipped', lines: '1 mug' },
    { location: 'shop', status: 'open', lines: '1 mug 1 plate' },
  ])
  t.like(await shipping.published(), [
    {
      type: 'shipment.shipped',
      sequence: 1,
      data: { location: 'main', lines: [{ sku: 'mug', quantity: 1 }] },
    },
    { type: 'shipment.opened', sequence: 2, data: { location: 'shop' } },
  ])
})

test('what is open is withdrawn, what has left is refused, and each request is answered once', async t => {
  const shipping = await aConsumer(t, 'shipping-service', handlers)
  await dispatchedByHand(shipping)
  await shipping.receives(orderAccepted('A', { mug: 2, plate: 1 }))
  await shipping.published()
  const [first, second] = [
    orderCancelRequested('A', 'first', { mug: 1, plate: 1 }),
    orderCancelRequested('A', 'second', { mug: 2 }),
  ]
  await shipping.receives(first, second, again(first))
  await shipping.receives(again(second))
  const published = await shipping.published()
  t.deepEqual(answers(published), [
    {
      requestId: idOf('first'),
      withdrawn: [
        { location: 'main', sku: 'mug', quantity: 1 },
        { location: 'main', sku: 'plate', quantity: 1 },
      ],
      refused: [],
    },
    {
      requestId: idOf('second'),
      withdrawn: [{ location: 'main', sku: 'mug', quantity: 1 }],
      refused: [{ sku: 'mug', quantity: 1 }],
    },
  ])
  t.deepEqual(
    published.map(({ sequence }) => sequence),
    [2, 3],
  )
  t.deepEqual(await shipmentsIn(shipping, 'A'), [{ location: 'main', status: 'cancelled', lines: '' }])
})

test('a request that nothing of remains to be withdrawn is answered all the same', async t => {
  const shipping = await aConsumer(t, 'shipping-service', handlers)
  await shipping.receives(orderAccepted('A', { mug: 2 }))
  await shipping.receives(orderCancelRequested('A', 'request', { mug: 2 }))
  t.deepEqual(answers(await shipping.published()), [
    { requestId: idOf('request'), withdrawn: [], refused: [{ sku: 'mug', quantity: 2 }] },
  ])
})

test('a request that overtakes its order is kept, and decided before anything of the order leaves', async t => {
  const shipping = await aConsumer(t, 'shipping-service', handlers)
  await shipping.receives(
    orderCancelRequested('A', 'request', { mug: 1 }),
    orderCancelRequested('B', 'all of it', { mug: 1 }),
  )
  t.deepEqual(await shipping.published(), [])
  const accepted = [orderAccepted('A', { mug: 2 }), orderAccepted('B', { mug: 1 })]
  await shipping.receives(...accepted)
  await shipping.receives(...accepted.map(again), again(orderCancelRequested('A', 'request', { mug: 1 })))
  const published = await shipping.published()
  t.like(
    published.filter(({ key }) => key === idOf('A')),
    [
      { type: 'shipment.lines_withdrawn', sequence: 1, data: { requestId: idOf('request') } },
      { type: 'shipment.shipped', sequence: 2, data: { location: 'main', lines: [{ sku: 'mug', quantity: 1 }] } },
    ],
  )
  t.deepEqual(
    published.filter(({ key }) => key === idOf('B')).map(({ type }) => type),
    ['shipment.lines_withdrawn'],
  )
  t.is(published.length, 3)
})

test('a shipment that left at once keeps its id, its address and its sequence when something happens to it', async t => {
  const shipping = await aConsumer(t, 'shipping-service', handlers)
  const shippingAddress = { name: 'Anna', line1: 'Quay 1', postalCode: '20457', city: 'Hamburg', country: 'DE' }
  const accepted = orderAccepted('A', { mug: 2 })
  await shipping.receives({ ...accepted, data: { ...accepted.data, shippingAddress } })
  const before = await shipmentsOf(shipping.db.read, idOf('A'))
  const [goods] = (await shipping.db.transaction(tx => lockGoods(tx, [idOf('A')]))).values()
  t.like(goods, { isAccepted: true, sequence: 1, customerId: idOf('a customer'), shippingAddress })
  t.deepEqual(await shipmentsOf(shipping.db.read, idOf('A')), before)
})

for (const orders of [1, 100])
  test(`the statements of a batch do not depend on its size: ${orders}`, async t => {
    const shipping = await aConsumer(t, 'shipping-service', handlers)
    const each = <T>(one: (n: number) => T) => Array.from({ length: orders }, (_, n) => one(n))
    // with one for the purge marks each, as these orders are old
    t.is(await shipping.statementsFor(...each(n => orderAccepted(`left ${n}`, { mug: 2 }))), 5)
    await dispatchedByHand(shipping)
    t.is(await shipping.statementsFor(...each(n => orderAccepted(`open ${n}`, { mug: 2 }))), 13)
    t.is(await shipping.statementsFor(...each(n => orderCancelRequested(`open ${n}`, `request ${n}`, { mug: 1 }))), 13)
  })
