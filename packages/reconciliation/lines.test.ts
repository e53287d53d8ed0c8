import test from 'ava'
import { aConsistentSnapshot, history, mugs, payment } from '@docket/test/support/snapshot.ts'
import { findings } from './invariants.ts'
import type { Invariant, Snapshot } from './snapshot.ts'

const atRest = { patienceSeconds: 0 }

/**
 * C had four mugs: one was cancelled, two left in two shipments, one of them was lost, and one came back and is for
 * sale again. One waits for people. 100 were refunded as goodwill.
 */
function aFulfilledOrder(): Snapshot {
  const snapshot = aConsistentSnapshot()
  snapshot.orders.set('C', {
    status: 'accepted',
    isUnknown: false,
    total: 1_800,
    currency: 'EUR',
    version: 5,
    quietSeconds: 100,
    ageSeconds: 200,
    waitsForPeople: true,
    timeline: [
      'order.created',
      'stock.reserved',
      'payment.succeeded',
      'order.accepted',
      'shipment.opened',
      'shipment.shipped',
      'stock.committed',
      'order.cancel_requested',
      'shipment.lines_withdrawn',
      'order.lines_cancelled',
      'stock.released',
      'payment.refunded',
      'shipment.opened',
      'shipment.shipped',
      'stock.committed',
      'return.received',
      'order.lines_returned',
      'payment.refunded',
      'stock.returned',
      'payment.refunded',
    ],
    lines: [mugs(4, { cancelled: 1, shipped: 2, returned: 1 })],
    requests: [{ id: 'request', ageSeconds: 100, withdrawn: [{ sku: 'mug', quantity: 1 }] }],
    returns: [{ id: 'return', ageSeconds: 100, lines: [{ sku: 'mug', quantity: 1 }], isCounted: true }],
  })
  snapshot.claims.set('C', {
    status: 'reserved',
    version: 5,
    lines: [{ sku: 'mug', reserved: 1, shipped: 1 }],
    returns: [{ returnId: 'return', sku: 'mug', quantity: 1, condition: 'restock' }],
  })
  const stock = { available: 6, reserved: 1, shipped: 3, scrapped: 0, lost: 0, moved: 0 }
  snapshot.stock = [{ sku: 'mug', location: 'main', ...stock, movements: { ...stock } }]
  Object.assign(snapshot.items[0]!, { available: 6, reserved: 1, shipped: 3, reservedAnywhere: 1, held: 1 })
  snapshot.payments.set('C', {
    ...payment,
    id: 'pC',
    status: 'succeeded',
    amount: 1_800,
    version: 4,
    refunds: [
      { id: 'request', kind: 'lines_cancelled', amount: 450, status: 'given', cause: null },
      { id: 'return', kind: 'returned', amount: 450, status: 'by_hand', cause: null },
      { id: 'goodwill', kind: 'goodwill', amount: 100, status: 'given', cause: null },
    ],
  })
  snapshot.ledger.set('pC', {
    captures: 1,
    captured: 1_800,
    currencies: ['EUR'],
    refunds: [
      { id: 'request', amount: 450 },
      { id: 'goodwill', amount: 100 },
    ],
  })
  snapshot.shipments.set('C', {
    version: 6,
    quietSeconds: 100,
    shipments: [
      { id: 's1', status: 'shipped', lines: [{ sku: 'mug', quantity: 1 }] },
      { id: 's2', status: 'shipped', lines: [{ sku: 'mug', quantity: 1 }] },
      { id: 's3', status: 'open', lines: [{ sku: 'mug', quantity: 1 }] },
    ],
    returns: [
      {
        id: 'return',
        shipmentId: 's1',
        kind: 'asked',
        status: 'received',
        lostIn: null,
        lines: [{ sku: 'mug', quantity: 1, condition: 'restock' }],
      },
    ],
    requests: ['request'],
  })
  const happened = (topic: string, ...types: string[]) => snapshot.histories.get(topic)!.set('C', history(...types))
  happened(
    'order-events',
    'order.created',
    'order.accepted',
    'order.cancel_requested',
    'order.lines_cancelled',
    'order.lines_returned',
  )
  happened(
    'inventory-events',
    'stock.reserved',
    'stock.committed',
    'stock.released',
    'stock.committed',
    'stock.returned',
  )
  happened('payment-events', 'payment.succeeded', 'payment.refunded', 'payment.refunded', 'payment.refunded')
  happened(
    'shipping-events',
    'shipment.opened',
    'shipment.shipped',
    'shipment.lines_withdrawn',
    'shipment.opened',
    'shipment.shipped',
    'return.received',
  )
  return snapshot
}

const order = (snapshot: Snapshot) => snapshot.orders.get('C')!
const line = (snapshot: Snapshot) => order(snapshot).lines[0]!
const claim = (snapshot: Snapshot) => snapshot.claims.get('C')!
const shipping = (snapshot: Snapshot) => snapshot.shipments.get('C')!
const refunds = (snapshot: Snapshot) => snapshot.payments.get('C')!.refunds
const atProvider = (snapshot: Snapshot) => snapshot.ledger.get('pC')!.refunds
const main = (snapshot: Snapshot) => snapshot.stock[0]!

test('an order with shipments, a cancelled line, a return and refunds is in order, and may wait for people', t => {
  t.deepEqual(findings(aFulfilledOrder(), atRest), [])
})

const lost = { id: 'lost', shipmentId: 's2', kind: 'lost', status: 'received', lostIn: null } as const
const aMug = { sku: 'mug', quantity: 1 }

test('a lost piece stays shipped, is refunded, and may turn up', t => {
  const snapshot = aFulfilledOrder()
  line(snapshot).returned = 2
  order(snapshot).returns.push({ id: 'lost', ageSeconds: 100, lines: [aMug], isCounted: true })
  shipping(snapshot).returns.push({ ...lost, lines: [{ ...aMug, condition: 'lost' }] })
  claim(snapshot).returns.push({ returnId: 'lost', ...aMug, condition: 'lost' })
  refunds(snapshot).push({ id: 'lost', kind: 'returned', amount: 450, status: 'failed', cause: 'account_closed' })
  const wrong = () => findings(snapshot, atRest).filter(({ invariant }) => invariant.startsWith('L'))
  t.deepEqual(wrong(), [])
  shipping(snapshot).returns.push({
    ...lost,
    id: 'found',
    kind: 'found',
    lostIn: 'lost',
    lines: [{ ...aMug, condition: 'scrap' }],
  })
  claim(snapshot).returns.push({ returnId: 'found', ...aMug, condition: 'scrap' })
  claim(snapshot).lines[0]!.shipped--
  t.deepEqual(wrong(), [])
})

const planted: [Invariant, string, (snapshot: Snapshot) => unknown][] = [
  ['I9', 'a completed order of which nothing left', snapshot => (snapshot.shipments.get('A')!.shipments = [])],
  ['I5', 'one of two shipments that its timeline does not know', s => order(s).timeline.splice(13, 1)],
  ['I5', 'a second return that no topic knows', s => order(s).timeline.push('return.received')],
  ['I7', 'a line cancelled without its event', s => s.histories.get('order-events')!.get('C')!.types.pop()],
  ['L1', 'a piece that is shipped and cancelled', s => (line(s).cancelled = 3)],
  ['L1', 'more returned than shipped', s => (line(s).returned = 3)],
  ['L1', 'a completed order with an open line', s => (order(s).status = 'completed')],
  ['L1', 'an accepted order without an open line', s => (line(s).cancelled = 2)],
  [
    'L1',
    'an order completed without a shipment',
    s => Object.assign(s.orders.get('A')!.lines[0]!, { shipped: 0, cancelled: 2 }),
  ],
  ['L1', 'a cancelled order of which something left', s => (s.orders.get('B')!.lines[0]!.shipped = 1)],
  ['L1', 'a reservation without an open piece', s => (claim(s).lines[0]!.reserved = 0)],
  ['L1', 'a piece that left, and is in stock', s => (claim(s).lines[0]!.shipped = 0)],
  ['L1', 'an open piece that is in no shipment', s => shipping(s).shipments.pop()],
  ['L1', 'a shipment that order-service never counted', s => (shipping(s).shipments[2]!.status = 'shipped')],
  ['L1', 'a return that order-service never counted', s => (line(s).returned = 0)],
  ['L2', 'stock without movements', s => main(s).available++],
  ['L2', 'a movement of what never left', s => main(s).movements.shipped++],
  [
    'L2',
    'less than nothing',
    s => Object.assign(main(s), { scrapped: -1, movements: { ...main(s).movements, scrapped: -1 } }),
  ],
  [
    'L2',
    'more lost than shipped',
    s => Object.assign(main(s), { lost: 4, movements: { ...main(s).movements, lost: 4 } }),
  ],
  [
    'L2',
    'a move with one end',
    s => Object.assign(main(s), { moved: 1, movements: { ...main(s).movements, moved: 1 } }),
  ],
  ['L3', 'a refund too many', s => refunds(s).push({ ...refunds(s)[0]!, id: 'goodwill-2', kind: 'returned' })],
  ['L3', 'a refund too few', s => refunds(s).shift()],
  ['L3', 'more refunded than charged', s => (refunds(s)[2]!.amount = 1_000)],
  ['L3', 'a refund that the provider gave twice', s => atProvider(s).push(atProvider(s)[0]!)],
  ['L3', 'a refund that only the provider knows', s => atProvider(s).push({ id: 'other', amount: 1 })],
  ['L3', 'a refund that the provider does not know', s => atProvider(s).pop()],
  ['L3', 'a refund of another amount', s => (atProvider(s)[0]!.amount = 400)],
  ['L3', 'a refund by hand that the provider gave too', s => atProvider(s).push({ id: 'return', amount: 450 })],
  [
    'L4',
    'a piece in two returns',
    s => shipping(s).returns.push({ ...shipping(s).returns[0]!, id: 'again', status: 'requested' }),
  ],
  ['L4', 'a return of what has not left', s => (shipping(s).returns[0]!.shipmentId = 's3')],
  [
    'L4',
    'a piece found that was not lost',
    s =>
      shipping(s).returns.push({
        ...lost,
        kind: 'found',
        lostIn: 'return',
        lines: [{ ...aMug, condition: 'restock' }],
      }),
  ],
  ['L4', 'a double restock', s => (claim(s).returns[0]!.quantity = 2)],
  ['L4', 'a return that stock never took', s => claim(s).returns.pop()],
  ['L4', 'what was scrapped in stock again', s => (claim(s).returns[0]!.condition = 'scrap')],
  ['L4', 'a refund above the price of what came back', s => (refunds(s)[1]!.amount = 900)],
  ['L4', 'a refund without a cause', s => (refunds(s)[0]!.id = 'nobody')],
  ['L5', 'a request without an answer', s => (order(s).requests[0]!.withdrawn = null)],
  ['L5', 'an answer of nobody', s => shipping(s).requests.pop()],
  ['L5', 'a cancelled line without a refund', s => refunds(s).shift()],
  ['L5', 'a return without a refund', s => refunds(s).splice(1, 1)],
  ['L5', 'a return that is kept for ever', s => (order(s).returns[0]!.isCounted = false)],
  ['L5', 'a return that never reached order-service', s => order(s).returns.pop()],
  ['L5', 'a failed refund without a cause', s => (refunds(s)[0]!.status = 'failed')],
]

for (const [invariant, what, plant] of planted) {
  test(`${invariant} finds ${what}`, t => {
    const snapshot = aFulfilledOrder()
    plant(snapshot)
    const found = findings(snapshot, atRest)
    t.true(
      found.some(finding => finding.invariant === invariant),
      JSON.stringify(found),
    )
  })
}

test('what several services say of an order is compared once it has not moved for a while', t => {
  const snapshot = aFulfilledOrder()
  shipping(snapshot).shipments[2]!.status = 'shipped'
  shipping(snapshot).quietSeconds = 1
  t.deepEqual(
    findings(snapshot, { patienceSeconds: 60 }).filter(({ invariant }) => invariant === 'L1'),
    [],
  )
})
