import test from 'ava'
import { again, idOf, orderAccepted } from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { handlers } from './shipment.handlers.ts'
import { findShipment } from './shipment.store.ts'

test('an accepted order leaves as one parcel, with a carrier and a tracking number', async t => {
  const shipping = await aConsumer(t, 'shipping-service', handlers)
  await shipping.receives(orderAccepted('A', { mug: 2 }))
  const parcel = await findShipment(shipping.db.read, idOf('A'))
  t.deepEqual(parcel?.lines, [{ sku: 'mug', quantity: 2 }])
  t.like((await shipping.published())[0], {
    type: 'shipment.shipped',
    key: idOf('A'),
    sequence: 1,
    data: { shipmentId: parcel?.id, carrier: parcel?.carrier, trackingNumber: parcel?.trackingNumber },
  })
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
