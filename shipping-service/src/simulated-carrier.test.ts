import test from 'ava'
import { idOf } from '@docket/test/support/events.ts'
import { labelFor } from './simulated-carrier.ts'

test('a parcel keeps its carrier and its tracking number', t => {
  t.deepEqual(labelFor(idOf('parcel')), labelFor(idOf('parcel')))
})

test('two parcels have two tracking numbers', t => {
  t.not(labelFor(idOf('one parcel')).trackingNumber, labelFor(idOf('another parcel')).trackingNumber)
})
