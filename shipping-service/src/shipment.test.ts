import test from 'ava'
import { idOf } from '@docket/test/support/events.ts'
import { handOver } from './shipment.ts'

test('a parcel keeps its carrier and its tracking number', t => {
  const order = { orderId: idOf('A'), lines: [{ sku: 'mug', quantity: 1 }] }
  t.deepEqual(handOver(order, idOf('parcel')), handOver(order, idOf('parcel')))
})

test('two parcels have two tracking numbers', t => {
  const order = { orderId: idOf('A'), lines: [] }
  t.not(handOver(order, idOf('one parcel')).trackingNumber, handOver(order, idOf('another parcel')).trackingNumber)
})
