import test from 'ava'
import { again, allExcept, idOf, orderAccepted, retentionPassed } from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { runPurge } from '@docket/test/support/purges.ts'
import { purges } from './retention.sweeps.ts'
import { handlers } from './shipment.handlers.ts'
import { shipmentsOf } from './shipment.store.ts'

test('a parcel that retention has passed goes, and no second one leaves when its order is replayed', async t => {
  const shipping = await aConsumer(t, 'shipping-service', handlers)
  const accepted = orderAccepted('A', { mug: 1 })
  await shipping.receives(accepted, orderAccepted('B', { mug: 1 }))
  await shipping.published()
  await shipping.receives(retentionPassed({ details: allExcept('B'), orders: allExcept('B') }))
  t.deepEqual(await runPurge(shipping.db, purges()), { 'purge shipments': 1 })
  t.deepEqual(await shipmentsOf(shipping.db.read, idOf('A')), [])
  t.is((await shipmentsOf(shipping.db.read, idOf('B'))).length, 1)
  t.deepEqual(await shipping.receives(again(accepted)), [accepted])
  t.deepEqual(await shipping.published(), [])
  t.deepEqual(await shipmentsOf(shipping.db.read, idOf('A')), [])
})
