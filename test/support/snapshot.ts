import {
  emptyHistory,
  type History,
  type LineEntry,
  type Mark,
  type ShippingEntry,
  type Snapshot,
} from '@docket/reconciliation/snapshot.ts'

export const mugs = (
  quantity: number,
  happened: { shipped?: number; cancelled?: number; returned?: number } = {},
): LineEntry => ({
  sku: 'mug',
  quantity,
  unitPrice: 450,
  cancelled: 0,
  shipped: 0,
  returned: 0,
  ...happened,
})

export const plain = { waitsForPeople: false, requests: [], returns: [] }

export const history = (...types: string[]): History => ({ ...emptyHistory(), types, first: 1, last: types.length })

export const nothingPast = (): Mark => ({ before: '', kept: new Set() })

export const payment = { currency: 'EUR', version: 1, isExternal: false, quietSeconds: 100 }
const mainStock = { available: 8, reserved: 0, shipped: 2, scrapped: 0, lost: 0, moved: 0 }

export const leftWhole = (order: string, quantity: number): ShippingEntry => ({
  version: 1,
  quietSeconds: 100,
  shipments: [{ id: `s${order}`, status: 'shipped', lines: [{ sku: 'mug', quantity }] }],
  returns: [],
  requests: [],
})

export function aConsistentSnapshot(): Snapshot {
  return {
    orders: new Map([
      [
        'A',
        {
          status: 'completed',
          isUnknown: false,
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
          ...plain,
          lines: [mugs(2, { shipped: 2 })],
        },
      ],
      [
        'B',
        {
          status: 'cancelled',
          isUnknown: false,
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
          ...plain,
          lines: [mugs(1)],
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
        reservedAnywhere: 0,
        held: 0,
      },
    ],
    stock: [{ sku: 'mug', location: 'main', ...mainStock, movements: { ...mainStock } }],
    claims: new Map([
      ['A', { status: 'committed', version: 2, lines: [{ sku: 'mug', reserved: 0, shipped: 2 }], returns: [] }],
      ['B', { status: 'released', version: 2, lines: [{ sku: 'mug', reserved: 0, shipped: 0 }], returns: [] }],
    ]),
    payments: new Map([
      ['A', { ...payment, id: 'pA', status: 'succeeded', amount: 900, refunds: [] }],
      [
        'B',
        {
          ...payment,
          id: 'pB',
          status: 'refunded',
          amount: 450,
          version: 2,
          refunds: [{ id: 'B', kind: 'requested', amount: 450, status: 'given', cause: null }],
        },
      ],
    ]),
    ledger: new Map([
      ['pA', { captures: 1, captured: 900, currencies: ['EUR'], refunds: [] }],
      ['pB', { captures: 1, captured: 450, currencies: ['EUR'], refunds: [{ id: undefined, amount: 450 }] }],
    ]),
    knowsExternalCharges: false,
    shipments: new Map([['A', leftWhole('A', 2)]]),
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
    past: { details: nothingPast(), orders: nothingPast(), newestPayment: null },
    letters: [],
    broken: new Set(),
  }
}
