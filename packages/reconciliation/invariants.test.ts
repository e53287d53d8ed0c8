import test from 'ava'
import { aConsistentSnapshot, history, leftWhole, nothingPast, payment, plain } from '@docket/test/support/snapshot.ts'
import { type Snapshot, type Invariant, type Mark } from './snapshot.ts'
import { findings, unchecked } from './invariants.ts'

const atRest = { patienceSeconds: 0 }
const order = (snapshot: Snapshot, id: string) => snapshot.orders.get(id)!
const events = (snapshot: Snapshot, topic: string, key: string) => snapshot.histories.get(topic)!.get(key)!

test('a consistent snapshot has no findings', t => {
  t.deepEqual(findings(aConsistentSnapshot(), atRest), [])
})

/** What is left after a forged stock.reserved for an order that never existed was undone. */
function withForgedOrder(snapshot: Snapshot): Snapshot {
  snapshot.orders.set('F', {
    status: 'cancelled',
    isUnknown: true,
    total: 0,
    currency: 'XXX',
    version: 1,
    quietSeconds: 100,
    ageSeconds: 100,
    timeline: ['payment.succeeded', 'order.cancelled', 'payment.refunded'],
    ...plain,
    lines: [],
  })
  snapshot.claims.set('F', { status: 'void', version: 1, lines: [], returns: [] })
  snapshot.payments.set('F', { ...snapshot.payments.get('B')!, id: 'pF' })
  snapshot.ledger.set('pF', snapshot.ledger.get('pB')!)
  snapshot.histories.get('order-events')!.set('F', history('order.cancelled'))
  snapshot.histories.get('inventory-events')!.set('F', history('stock.reserved'))
  snapshot.histories.get('payment-events')!.set('F', history('payment.succeeded', 'payment.refunded'))
  return snapshot
}

test('an order that never was, and that was cancelled as unknown, is in order', t => {
  t.deepEqual(findings(withForgedOrder(aConsistentSnapshot()), atRest), [])
})

test('an order that never was must have been undone', t => {
  const snapshot = withForgedOrder(aConsistentSnapshot())
  snapshot.payments.get('F')!.status = 'succeeded'
  t.deepEqual(
    findings(snapshot, atRest).map(({ invariant, about }) => [invariant, about]),
    [
      ['I4', 'F'],
      ['I4', 'F'],
      ['I9', 'F'],
    ],
  )
})

const planted: [Invariant, string, (snapshot: Snapshot) => unknown][] = [
  ['I1', 'an order that never ends', snapshot => (order(snapshot, 'A').status = 'accepted')],
  ['I1', 'an order that ends twice', snapshot => order(snapshot, 'A').timeline.push('order.cancelled')],
  ['I1', 'an order that was never created', snapshot => order(snapshot, 'A').timeline.shift()],
  ['I2', 'an acknowledged order that is gone', snapshot => snapshot.promised.push({ key: 'k2', orderId: 'C' })],
  ['I3', 'stock from nowhere', snapshot => snapshot.items[0]!.available++],
  [
    'I3',
    'a claim that was never decided',
    snapshot => snapshot.claims.set('Z', { status: 'claimed', version: 1, lines: [], returns: [] }),
  ],
  ['I3', 'a reservation that its item does not know', snapshot => (snapshot.items[0]!.held = 1)],
  ['I3', 'a cancelled order that still holds stock', snapshot => (snapshot.claims.get('B')!.status = 'reserved')],
  ['I4', 'a second charge', snapshot => Object.assign(snapshot.ledger.get('pA')!, { captures: 2, captured: 1_800 })],
  ['I4', 'a charge in another currency', snapshot => (snapshot.ledger.get('pA')!.currencies = ['USD'])],
  [
    'I4',
    'a payment in another currency than its order, charged so',
    snapshot => {
      snapshot.ledger.get('pA')!.currencies = ['USD']
      snapshot.payments.get('A')!.currency = 'USD'
    },
  ],
  ['I4', 'a refund that the provider does not know', snapshot => (snapshot.ledger.get('pB')!.refunds = [])],
  ['I4', 'a charge over another amount', snapshot => (snapshot.payments.get('A')!.amount = 1)],
  [
    'I4',
    'a charge without a payment',
    snapshot => snapshot.ledger.set('pX', { captures: 1, captured: 1, currencies: ['EUR'], refunds: [] }),
  ],
  [
    'I4',
    'a payment for an order that does not exist',
    snapshot =>
      snapshot.payments.set('Z', { ...payment, id: 'pZ', status: 'void', amount: 0, version: 0, refunds: [] }),
  ],
  ['I5', 'an event without its effect', snapshot => order(snapshot, 'A').timeline.splice(1, 1)],
  ['I5', 'an effect without its event', snapshot => order(snapshot, 'B').timeline.push('shipment.shipped')],
  [
    'I6',
    'a gap',
    snapshot => events(snapshot, 'order-events', 'A').jumps.push('order.completed with sequence 3 came after 1'),
  ],
  ['I6', 'two events with one sequence', snapshot => events(snapshot, 'order-events', 'A').doubles.push('two')],
  ['I7', 'a change without its event', snapshot => events(snapshot, 'order-events', 'B').types.pop()],
  [
    'I7',
    'an event without its change',
    snapshot => events(snapshot, 'payment-events', 'A').types.push('payment.refunded'),
  ],
  [
    'I7',
    'an item that has not changed so often',
    snapshot => events(snapshot, 'inventory-events', 'mug').types.push('item.updated'),
  ],
  [
    'I7',
    'another event than the change',
    snapshot => (events(snapshot, 'order-events', 'B').types[1] = 'order.accepted'),
  ],
  [
    'I7',
    'events about an unknown order',
    snapshot => snapshot.histories.get('shipping-events')!.set('Z', history('shipment.shipped')),
  ],
  ['I8', 'a broken record that was not dead-lettered', snapshot => snapshot.broken.add('order-events/0/17')],
  ['I9', 'a completed order whose stock never left', snapshot => (snapshot.claims.get('A')!.status = 'released')],
  ['I9', 'a completed order without a parcel', snapshot => snapshot.shipments.delete('A')],
  ['I9', 'a cancelled order with a parcel', snapshot => snapshot.shipments.set('B', leftWhole('B', 1))],
  [
    'I9',
    'a rejected order that keeps its payment',
    snapshot => {
      order(snapshot, 'B').status = 'rejected'
      snapshot.payments.get('B')!.status = 'succeeded'
    },
  ],
  ['I9', 'a cancelled order that keeps its payment', snapshot => (snapshot.payments.get('B')!.status = 'succeeded')],
]

for (const [invariant, what, plant] of planted) {
  test(`${invariant} finds ${what}`, t => {
    const snapshot = aConsistentSnapshot()
    plant(snapshot)
    t.true(findings(snapshot, atRest).some(finding => finding.invariant === invariant))
  })
}

test('an order that moved lately is under way, not wrong', t => {
  const snapshot = aConsistentSnapshot()
  Object.assign(order(snapshot, 'A'), {
    status: 'accepted',
    quietSeconds: 3,
    version: 2,
    timeline: ['order.created', 'stock.reserved', 'payment.succeeded', 'order.accepted'],
  })
  t.deepEqual(findings(snapshot, { patienceSeconds: 60 }), [])
})

for (const status of ['pending', 'accepted'])
  test(`an order that is ${status} and has not moved for longer is stuck`, t => {
    const snapshot = aConsistentSnapshot()
    order(snapshot, 'A').status = status
    t.true(
      findings(snapshot, { patienceSeconds: 60 }).some(
        ({ text }) => text === `is still ${status}, and quiet for 100 s`,
      ),
    )
  })

test('a dead letter explains events about an unknown order, and the broken record that it is', t => {
  const snapshot = aConsistentSnapshot()
  snapshot.histories.get('shipping-events')!.set('Z', history('shipment.shipped'))
  snapshot.broken.add('order-events/0/17')
  snapshot.letters.push(
    { topic: 'shipping-events', partition: 0, offset: '3', key: 'Z' },
    { topic: 'order-events', partition: 0, offset: '17', key: null },
  )
  t.deepEqual(findings(snapshot, atRest), [])
})

test('a charge that nobody can list is not checked, and not wrong; one that is listed is checked', t => {
  const snapshot = aConsistentSnapshot()
  snapshot.payments.get('A')!.isExternal = true
  snapshot.ledger.delete('pA')
  t.deepEqual(findings(snapshot, atRest), [])
  t.regex(unchecked(snapshot).I4 ?? '', /^1 payments were charged by a provider whose charges cannot be listed/)
  snapshot.knowsExternalCharges = true
  t.is(findings(snapshot, atRest)[0]?.invariant, 'I4')
  t.deepEqual(unchecked(snapshot), {})
})

test('an order that costs nothing is reconciled without a charge', t => {
  const snapshot = aConsistentSnapshot()
  order(snapshot, 'A').total = 0
  order(snapshot, 'A').lines[0]!.unitPrice = 0
  snapshot.payments.get('A')!.amount = 0
  snapshot.ledger.delete('pA')
  t.deepEqual(findings(snapshot, atRest), [])
})

function aTrimmedSnapshot(completeForSeconds = 0): Snapshot {
  const snapshot = aConsistentSnapshot()
  for (const topic of snapshot.histories.keys()) snapshot.completeForSeconds.set(topic, completeForSeconds)
  snapshot.histories.get('order-events')!.set('A', { ...history('order.completed'), first: 3, last: 3 })
  snapshot.histories.get('inventory-events')!.set('A', { ...history('stock.committed'), first: 2, last: 2 })
  for (const topic of ['payment-events', 'shipping-events']) snapshot.histories.get(topic)!.delete('A')
  for (const topic of snapshot.histories.values()) for (const key of ['B', 'mug']) topic.delete(key)
  return snapshot
}

test('what retention has deleted is not missing', t => {
  t.deepEqual(findings(aTrimmedSnapshot(), atRest), [])
})

test('an order that is younger than what a topic has completely must have all its events there', t => {
  const found = findings(aTrimmedSnapshot(200), atRest)
  t.deepEqual([...new Set(found.map(({ invariant }) => invariant))].sort(), ['I5', 'I7'])
})

test('an order that changed after the oldest kept record must have its last event there', t => {
  const snapshot = aTrimmedSnapshot(1_000)
  for (const entry of snapshot.orders.values()) entry.ageSeconds = 5_000
  snapshot.items[0]!.ageSeconds = 5_000
  t.deepEqual(
    findings(snapshot, atRest).map(({ invariant, about }) => [invariant, about]),
    [['I7', 'B']],
  )
})

const plantedAfterRetention: [Invariant, string, (snapshot: Snapshot) => unknown][] = [
  ['I7', 'a last event that is not there', snapshot => events(snapshot, 'order-events', 'A').types.pop()],
  ['I7', 'an event too many', snapshot => events(snapshot, 'inventory-events', 'A').types.push('stock.released')],
  [
    'I7',
    'another event than the change',
    snapshot => (events(snapshot, 'order-events', 'A').types[0] = 'order.cancelled'),
  ],
  ['I5', 'an event without its effect', snapshot => order(snapshot, 'A').timeline.splice(5, 1)],
  ['I6', 'a gap in what is kept', snapshot => events(snapshot, 'order-events', 'A').jumps.push('5 came after 3')],
]

for (const [invariant, what, plant] of plantedAfterRetention) {
  test(`${invariant} finds, after retention, ${what}`, t => {
    const snapshot = aTrimmedSnapshot()
    plant(snapshot)
    t.true(findings(snapshot, atRest).some(finding => finding.invariant === invariant))
  })
}

const old = '01900000-0000-7000-8000-00000000000a'
const oldPayment = '01900000-0000-7001-8000-00000000000a'

function aSnapshotWithAnOldOrder(): Snapshot {
  const snapshot = aConsistentSnapshot()
  for (const byId of [snapshot.orders, snapshot.claims, snapshot.payments]) {
    const entries: Map<string, unknown> = byId
    entries.set(old, structuredClone(entries.get('A')))
  }
  snapshot.payments.get(old)!.id = oldPayment
  snapshot.ledger.set(oldPayment, structuredClone(snapshot.ledger.get('pA')!))
  snapshot.shipments.set(old, leftWhole('A', 2))
  const past: Mark = { before: '01900000-0000-8000-0000-000000000000', kept: new Set() }
  snapshot.past = { details: past, orders: past, newestPayment: null }
  snapshot.histories.get('order-events')!.set('retention', history('retention.passed'))
  return snapshot
}

const purges: Record<string, (snapshot: Snapshot) => unknown> = {
  timeline: snapshot => (order(snapshot, old).timeline = []),
  order: snapshot => snapshot.orders.delete(old),
  claim: snapshot => snapshot.claims.delete(old),
  shipment: snapshot => snapshot.shipments.delete(old),
  payment(snapshot) {
    snapshot.payments.delete(old)
    snapshot.past.newestPayment = oldPayment
  },
}

const orders = (names: readonly string[]): string[][] =>
  names.length === 0
    ? [[]]
    : names.flatMap(name => orders(names.filter(other => other !== name)).map(others => [name, ...others]))

test('an order that is purged is not missing, in whatever order the services purge', t => {
  for (const names of orders(Object.keys(purges).filter(name => name !== 'timeline'))) {
    const snapshot = aSnapshotWithAnOldOrder()
    for (const name of ['timeline', ...names]) {
      purges[name]!(snapshot)
      t.deepEqual(findings(snapshot, atRest), [], `${names.join(', ')}: ${name}`)
    }
  }
})

test('what nobody may have purged yet is missing', t => {
  const missing = (plant: (snapshot: Snapshot) => unknown) => {
    const snapshot = aSnapshotWithAnOldOrder()
    plant(snapshot)
    return findings(snapshot, atRest).some(({ about }) => about === old || about === oldPayment)
  }
  const nothing = nothingPast()
  const kept: Mark = { before: 'ffffffff-ffff-ffff-ffff-ffffffffffff', kept: new Set([old]) }
  for (const [name, purge] of Object.entries(purges)) {
    for (const mark of [nothing, kept])
      t.true(
        missing(snapshot => {
          purge(snapshot)
          snapshot.past = { details: mark, orders: mark, newestPayment: null }
        }),
        name,
      )
  }
  // only details are past, so the order itself, its payment and its parcel must still exist
  for (const name of ['order', 'payment', 'shipment'])
    t.true(
      missing(snapshot => {
        purges[name]!(snapshot)
        snapshot.past.orders = nothing
        snapshot.past.newestPayment = null
      }),
      name,
    )
})
