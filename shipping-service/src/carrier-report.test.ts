import test from 'ava'
import { afterReport, claimOf, type CarrierReport } from './carrier-report.ts'

test('carrier reports end in the same status in every order, and twice', t => {
  const after = (...reports: CarrierReport[]) => reports.reduce(afterReport, 'shipped')
  t.is(after('lost', 'undeliverable', 'delivered', 'delivered'), 'delivered')
  t.is(after('delivered', 'lost', 'undeliverable', 'lost'), 'delivered')
  t.is(after('undeliverable', 'lost'), after('lost', 'undeliverable'))
  t.is(afterReport('open', 'lost'), 'open')
  t.is(claimOf({ status: 'lost', confirmed: false }), 'lost')
  t.is(claimOf({ status: 'lost', confirmed: true }), undefined)
  t.is(claimOf({ status: 'delivered', confirmed: false }), undefined)
})
