import test from 'ava'
import { anEvent, idOf, orderAccepted } from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { deadlocksAmong, numbered } from '@docket/test/support/replicas.ts'
import { updateLocation } from './location.store.ts'
import { handlers } from './shipment.handlers.ts'

for (const replicas of [2, 3]) {
  test(`${replicas} replicas that hand over the same orders, each in an order of its own, never deadlock`, async t => {
    const shipping = await aConsumer(t, 'shipping-service', handlers)
    const batchOf = (replica: number, round: number) => {
      const orders = numbered(40).map(n => orderAccepted(`${round} ${n}`, { mug: 1 }))
      return replica % 2 === 0 ? orders : orders.toReversed()
    }
    t.is(await deadlocksAmong(t, shipping.db, handlers, { replicas, rounds: 60, batchOf }), 0)
  })
}

test('3 replicas that accept orders and decide about their cancel requests, each in an order of its own, never deadlock', async t => {
  const shipping = await aConsumer(t, 'shipping-service', handlers)
  await shipping.db.transaction(tx => updateLocation(tx, 'main', { handover: 'manual' }))
  const batchOf = (replica: number, round: number) => {
    const events = numbered(20).flatMap(n => {
      const orderId = idOf(`${round} ${n}`)
      const lines = [{ sku: 'mug', quantity: 1 }]
      const request = { orderId, requestId: idOf(`request ${round} ${n}`), lines }
      return [orderAccepted(`${round} ${n}`, { mug: 1 }), anEvent('order.cancel_requested', orderId, request)]
    })
    return replica % 2 === 0 ? events : events.toReversed()
  }
  t.is(await deadlocksAmong(t, shipping.db, handlers, { replicas: 3, rounds: 40, batchOf }), 0)
  const published = await shipping.published()
  t.is(published.filter(({ type }) => type === 'shipment.opened').length, 40 * 20)
  t.is(published.filter(({ type }) => type === 'shipment.lines_withdrawn').length, 40 * 20)
})
