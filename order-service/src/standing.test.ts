import test from 'ava'
import { waitingFor } from '@docket/contract/steps.ts'
import { linesByStatus } from './order-lines.ts'
import { standingBy, windowFor } from './standing.ts'

const ordered = [{ sku: 'mug', quantity: 2, unitPrice: 100 }]

test('an order with open pieces waits for a shipment after its first one has left', t => {
  const timeline = [
    { event: 'order.created' },
    { event: 'shipment.shipped', ref: 'S' },
    { event: 'stock.committed', ref: 'S' },
  ]
  const half = linesByStatus('accepted', ordered).map(line => ({ ...line, shipped: 1 }))
  t.is(waitingFor(standingBy({ status: 'accepted', lines: half, timeline }))?.name, 'shipment')
})

test('the window is shorter the more happens, and never empty', t => {
  t.deepEqual([0, 100, 170, 900, 5_000, 1_000_000].map(windowFor), [60, 60, 10, 10, 2, 2])
})
