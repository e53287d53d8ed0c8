import test from 'ava'
import { emptyHistory, type Snapshot, type History, type Invariant } from './snapshot.ts'
import { findings, unchecked } from './invariants.ts'

const history = (...types: string[]): History => ({ ...emptyHistory(), types, first: 1, last: types.length })

/** Books of one order that is completed, one that is cancelled after its charge, and the mug that both wanted. */
function exactBooks(): Snapshot {
  return {
    orders: new Map([
      [
        'A',
        {
          status: 'completed',
          total: 900,
          currency: 'EUR',
          version: 3,
          quietSeconds: 100,
          ageSeconds: 110,
          timeline: [
            'order.created',
            'stock.reserved',
            'payment.succeeded',
            'order.accepted',
            'shipment.shipped',
            'stock.committed',
            'order.completed',
          ],
        },
      ],
      [
        'B',
        {
          status: 'cancelled',
          total: 450,
          currency: 'EUR',
          version: 2,
          quietSeconds: 100,
          ageSeconds: 110,
          timeline: [
            'order.created',
            'stock.reserved',
            'order.cancelled',
            'payment.succeeded',
            'payment.refunded',
            'stock.released',
          ],
        },
      ],
    ]),
    promised: [{ key: 'k1', orderId: 'A' }],
    items: [
      {
        sku: 'mug',
        ageSeconds: 120,
        version: 1,
        received: 10,
        available: 8,
        reserved: 0,
        shipped: 2,
        moved: { available: 8, reserved: 0, shipped: 2 },
        held: 0,
        gone: 2,
      },
    ],
    claims: new Map([
      ['A', { status: 'committed', version: 2 }],
      ['B', { status: 'released', version: 2 }],
    ]),
    payments: new Map([
      ['A', { id: 'pA', status: 'succeeded', amount: 900, currency: 'EUR', version: 1, isExternal: false }],
      ['B', { id: 'pB', status: 'refunded', amount: 450, currency: 'EUR', version: 2, isExternal: false }],
    ]),
    ledger: new Map([
      ['pA', { captures: 1, refunds: 0, captured: 900, refunded: 0, currencies: ['EUR'] }],
      ['pB', { captures: 1, refunds: 1, captured: 450, refunded: 450, currencies: ['EUR'] }],
    ]),
    knowsExternalCharges: false,
    shipments: new Set(['A']),
    histories: new Map([
      [
        'order-events',
        new Map([
          ['A', history('order.created', 'order.accepted', 'order.completed')],
          ['B', history('order.created', 'order.cancelled')],
        ]),
      ],
      [
        'inventory-events',
        new Map([
          ['A', history('stock.reserved', 'stock.committed')],
          ['B', history('stock.reserved', 'stock.released')],
          ['mug', history('item.created')],
        ]),
      ],
      [
        'payment-events',
        new Map([
          ['A', history('payment.succeeded')],
          ['B', history('payment.succeeded', 'payment.refunded')],
        ]),
      ],
      ['shipping-events', new Map([['A', history('shipment.shipped')]])],
    ]),
    completeForSeconds: new Map(),
    letters: [],
    broken: new Set(),
  }
}

const atRest = { patienceSeconds: 0 }
const order = (books: Snapshot, id: string) => books.orders.get(id)!
const events = (books: Snapshot, topic: string, key: string) => books.histories.get(topic)!.get(key)!

test('exact books have no findings', t => {
  t.deepEqual(findings(exactBooks(), atRest), [])
})

const planted: [Invariant, string, (books: Snapshot) => unknown][] = [
  ['I1', 'an order that never ends', books => (order(books, 'A').status = 'accepted')],
  ['I1', 'an order that ends twice', books => order(books, 'A').timeline.push('order.cancelled')],
  ['I2', 'an acknowledged order that is gone', books => books.promised.push({ key: 'k2', orderId: 'C' })],
  ['I3', 'stock from nowhere', books => books.items[0]!.available++],
  ['I3', 'stock that nobody moved', books => books.items[0]!.moved.available--],
  ['I3', 'a reservation that its item does not know', books => (books.items[0]!.held = 1)],
  ['I3', 'a cancelled order that still holds stock', books => (books.claims.get('B')!.status = 'reserved')],
  ['I4', 'a second charge', books => Object.assign(books.ledger.get('pA')!, { captures: 2, captured: 1_800 })],
  ['I4', 'a charge in another currency', books => (books.ledger.get('pA')!.currencies = ['USD'])],
  [
    'I4',
    'a payment in another currency than its order, charged so',
    books => {
      books.ledger.get('pA')!.currencies = ['USD']
      books.payments.get('A')!.currency = 'USD'
    },
  ],
  [
    'I4',
    'a refund that the provider never heard of',
    books => Object.assign(books.ledger.get('pB')!, { refunds: 0, refunded: 0 }),
  ],
  ['I4', 'a charge over another amount', books => (books.payments.get('A')!.amount = 1)],
  [
    'I4',
    'a charge for nobody',
    books => books.ledger.set('pX', { captures: 1, refunds: 0, captured: 1, refunded: 0, currencies: ['EUR'] }),
  ],
  [
    'I4',
    'a payment for an order that does not exist',
    books =>
      books.payments.set('Z', { id: 'pZ', status: 'void', amount: 0, currency: '', version: 0, isExternal: false }),
  ],
  ['I5', 'an event without its effect', books => order(books, 'A').timeline.splice(1, 1)],
  ['I5', 'an effect without its event', books => order(books, 'B').timeline.push('shipment.shipped')],
  [
    'I6',
    'a gap',
    books => events(books, 'order-events', 'A').jumps.push('order.completed with sequence 3 came after 1'),
  ],
  ['I6', 'two events with one sequence', books => events(books, 'order-events', 'A').doubles.push('two')],
  ['I7', 'a change without its event', books => events(books, 'order-events', 'B').types.pop()],
  ['I7', 'an event without its change', books => events(books, 'payment-events', 'A').types.push('payment.refunded')],
  ['I7', 'another event than the change', books => (events(books, 'order-events', 'B').types[1] = 'order.accepted')],
  ['I7', 'events about nobody', books => books.histories.get('shipping-events')!.set('Z', history('shipment.shipped'))],
  ['I8', 'a broken record that nobody set aside', books => books.broken.add('order-events/0/17')],
  ['I9', 'a completed order whose stock never left', books => (books.claims.get('A')!.status = 'released')],
  ['I9', 'a completed order without a parcel', books => books.shipments.delete('A')],
  ['I9', 'a cancelled order with a parcel', books => books.shipments.add('B')],
  ['I9', 'a cancelled order that keeps its payment', books => (books.payments.get('B')!.status = 'succeeded')],
]

for (const [invariant, what, plant] of planted) {
  test(`${invariant} finds ${what}`, t => {
    const books = exactBooks()
    plant(books)
    t.true(findings(books, atRest).some(finding => finding.invariant === invariant))
  })
}

test('an order that moved lately is under way, not wrong', t => {
  const books = exactBooks()
  Object.assign(order(books, 'A'), {
    status: 'accepted',
    quietSeconds: 3,
    version: 2,
    timeline: ['order.created', 'stock.reserved', 'payment.succeeded', 'order.accepted'],
  })
  t.deepEqual(findings(books, { patienceSeconds: 60 }), [])
})

test('a dead letter explains events about nobody, and a broken record that is among them', t => {
  const books = exactBooks()
  books.histories.get('shipping-events')!.set('Z', history('shipment.shipped'))
  books.broken.add('order-events/0/17')
  books.letters.push(
    { topic: 'shipping-events', partition: 0, offset: '3', key: 'Z' },
    { topic: 'order-events', partition: 0, offset: '17', key: null },
  )
  t.deepEqual(findings(books, atRest), [])
})

test('a charge that nobody can list is not checked, and not wrong; one that is listed is checked', t => {
  const books = exactBooks()
  books.payments.get('A')!.isExternal = true
  books.ledger.delete('pA')
  t.deepEqual(findings(books, atRest), [])
  t.regex(unchecked(books).I4 ?? '', /^1 payments were charged by a provider whose charges cannot be listed/)
  books.knowsExternalCharges = true
  t.is(findings(books, atRest)[0]?.invariant, 'I4')
  t.deepEqual(unchecked(books), {})
})

test('an order that costs nothing is reconciled without a charge', t => {
  const books = exactBooks()
  order(books, 'A').total = 0
  books.payments.get('A')!.amount = 0
  books.ledger.delete('pA')
  t.deepEqual(findings(books, atRest), [])
})

/** The books of A, B and the mug after retention: only what each topic has kept of A's history is left. */
function trimmedBooks(completeForSeconds = 0): Snapshot {
  const books = exactBooks()
  for (const topic of books.histories.keys()) books.completeForSeconds.set(topic, completeForSeconds)
  books.histories.get('order-events')!.set('A', { ...history('order.completed'), first: 3, last: 3 })
  books.histories.get('inventory-events')!.set('A', { ...history('stock.committed'), first: 2, last: 2 })
  for (const topic of ['payment-events', 'shipping-events']) books.histories.get(topic)!.delete('A')
  for (const topic of books.histories.values()) for (const key of ['B', 'mug']) topic.delete(key)
  return books
}

test('what retention has deleted is not missing', t => {
  t.deepEqual(findings(trimmedBooks(), atRest), [])
})

test('an order that is younger than what a topic has completely must have all its events there', t => {
  const found = findings(trimmedBooks(1_000), atRest)
  t.deepEqual([...new Set(found.map(({ invariant }) => invariant))].sort(), ['I5', 'I7'])
})

test('an order that changed after the oldest kept record must have its last event there', t => {
  const books = trimmedBooks(1_000)
  for (const entry of books.orders.values()) entry.ageSeconds = 5_000
  books.items[0]!.ageSeconds = 5_000
  t.deepEqual(
    findings(books, atRest).map(({ invariant, about }) => [invariant, about]),
    [['I7', 'B']],
  )
})

const plantedAfterRetention: [Invariant, string, (books: Snapshot) => unknown][] = [
  ['I7', 'a last event that is not there', books => events(books, 'order-events', 'A').types.pop()],
  ['I7', 'an event too many', books => events(books, 'inventory-events', 'A').types.push('stock.released')],
  ['I7', 'another event than the change', books => (events(books, 'order-events', 'A').types[0] = 'order.cancelled')],
  ['I5', 'an event without its effect', books => order(books, 'A').timeline.splice(5, 1)],
  ['I6', 'a gap in what is kept', books => events(books, 'order-events', 'A').jumps.push('5 came after 3')],
]

for (const [invariant, what, plant] of plantedAfterRetention) {
  test(`${invariant} finds, after retention, ${what}`, t => {
    const books = trimmedBooks()
    plant(books)
    t.true(findings(books, atRest).some(finding => finding.invariant === invariant))
  })
}
