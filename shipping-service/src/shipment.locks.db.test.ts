import test from 'ava'
import { orderAccepted } from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { deadlocksAmong, numbered } from '@docket/test/support/replicas.ts'
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
