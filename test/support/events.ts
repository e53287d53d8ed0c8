import { createHash } from 'node:crypto'
import { newId } from '@docket/chassis/id.ts'
import { topicOf } from '@docket/contract/generated/contract.ts'
import type { DataOf, DocketEvent, EventOf, EventType } from '@docket/contract/event.ts'

export function idOf(name: string): string {
  const hex = createHash('sha256').update(name).digest('hex')
  return `01900000-${hex.slice(0, 4)}-7${hex.slice(4, 7)}-8${hex.slice(7, 10)}-${hex.slice(10, 22)}`
}

/** `{ mug: 2 }` */
export type Lines = Record<string, number>

const linesOf = (lines: Lines) => Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity }))

export function anEvent<T extends EventType>(type: T, key: string, data: DataOf[T], sequence = 1): EventOf<T> {
  const source = `/${topicOf[type].replace('-events', '-service')}`
  return { id: newId(), type, source, key, time: new Date().toISOString(), sequence, data }
}

export const again = <E extends DocketEvent>(event: E): E => structuredClone(event)

export function orderCreated(
  order: string,
  lines: Lines,
  more: Partial<DataOf['order.created']> = {},
): EventOf<'order.created'> {
  const priced = linesOf(lines).map(line => ({ ...line, unitPrice: 100 }))
  const total = priced.reduce((sum, line) => sum + line.quantity * line.unitPrice, 0)
  return anEvent('order.created', idOf(order), {
    orderId: idOf(order),
    customerId: idOf('a customer'),
    lines: priced,
    total,
    currency: 'EUR',
    paymentToken: 'tok_ok',
    expiresAt: '2099-01-01T00:00:00.000Z',
    ...more,
  })
}

export const orderAccepted = (order: string, lines: Lines, allocations?: Placed) =>
  anEvent(
    'order.accepted',
    idOf(order),
    {
      orderId: idOf(order),
      customerId: idOf('a customer'),
      lines: linesOf(lines),
      ...(allocations && { allocations: placedLinesOf(allocations) }),
    },
    2,
  )

export const orderCancelled = (order: string, reason: DataOf['order.cancelled']['reason'] = 'requested') =>
  anEvent('order.cancelled', idOf(order), { orderId: idOf(order), reason }, 2)

export const stockReserved = (order: string, total = 1_000, paymentToken = 'tok_ok') =>
  anEvent('stock.reserved', idOf(order), {
    orderId: idOf(order),
    customerId: idOf('a customer'),
    total,
    currency: 'EUR',
    paymentToken,
  })

export const stockRejected = (order: string, sku = 'mug') =>
  anEvent('stock.rejected', idOf(order), {
    orderId: idOf(order),
    reason: 'out_of_stock',
    shortages: [{ sku, requested: 2, available: 1 }],
  })

export const stockCommitted = (order: string, lines: Lines = { mug: 2 }, shipment?: string) =>
  anEvent(
    'stock.committed',
    idOf(order),
    { orderId: idOf(order), ...(shipment && { shipmentId: idOf(shipment) }), lines: linesOf(lines) },
    2,
  )

export const stockReleased = (order: string, lines: Lines = { mug: 1 }) =>
  anEvent('stock.released', idOf(order), { orderId: idOf(order), lines: linesOf(lines) }, 2)

export const itemCreated = (sku: string, unitPrice = 100) =>
  anEvent('item.created', sku, { sku, name: sku, unitPrice, currency: 'EUR' })

export const itemUpdated = (sku: string, unitPrice: number, sequence: number) =>
  anEvent('item.updated', sku, { sku, name: sku, unitPrice, currency: 'EUR' }, sequence)

const paymentOf = (order: string) => ({
  orderId: idOf(order),
  paymentId: idOf(`payment of ${order}`),
  amount: 1_000,
  currency: 'EUR',
})

export const paymentSucceeded = (order: string) => anEvent('payment.succeeded', idOf(order), paymentOf(order))

export const paymentFailed = (order: string, reason = 'card_declined') =>
  anEvent('payment.failed', idOf(order), { ...paymentOf(order), reason })

export const paymentRefunded = (order: string) => anEvent('payment.refunded', idOf(order), paymentOf(order), 2)

/** Of the release before when it has no lines: all of the order, from main. */
export const shipmentShipped = (
  order: string,
  {
    shipment = `parcel of ${order}`,
    location,
    lines,
    sequence = 1,
  }: { shipment?: string; location?: string; lines?: Lines; sequence?: number } = {},
) =>
  anEvent(
    'shipment.shipped',
    idOf(order),
    {
      orderId: idOf(order),
      shipmentId: idOf(shipment),
      carrier: 'Harbour Post',
      trackingNumber: `HP${idOf(order).slice(0, 8)}`,
      ...(location && { location }),
      ...(lines && { lines: linesOf(lines) }),
    },
    sequence,
  )

type Placed = Record<string, Lines>

/** `{ main: { mug: 2 } }` */
const placedLinesOf = (placed: Placed) =>
  Object.entries(placed).flatMap(([location, lines]) => linesOf(lines).map(line => ({ location, ...line })))

export const orderCancelRequested = (order: string, request: string, lines: Lines, sequence = 3) =>
  anEvent(
    'order.cancel_requested',
    idOf(order),
    { orderId: idOf(order), requestId: idOf(request), lines: linesOf(lines) },
    sequence,
  )

export const shipmentLinesWithdrawn = (
  order: string,
  request: string,
  withdrawn: Placed,
  { refused = {}, sequence = 2 }: { refused?: Lines; sequence?: number } = {},
) =>
  anEvent(
    'shipment.lines_withdrawn',
    idOf(order),
    {
      orderId: idOf(order),
      requestId: idOf(request),
      withdrawn: placedLinesOf(withdrawn),
      refused: linesOf(refused),
    },
    sequence,
  )

export const orderLinesCancelled = (order: string, request: string, lines: Placed, amount = 0, sequence = 4) =>
  anEvent(
    'order.lines_cancelled',
    idOf(order),
    {
      orderId: idOf(order),
      requestId: idOf(request),
      lines: placedLinesOf(lines),
      refund: { refundId: idOf(request), amount },
    },
    sequence,
  )

export const orderLinesReturned = (order: string, returned: string, lines: Lines, amount = 0, sequence = 5) =>
  anEvent(
    'order.lines_returned',
    idOf(order),
    {
      orderId: idOf(order),
      returnId: idOf(returned),
      lines: linesOf(lines),
      refund: { refundId: idOf(returned), amount },
    },
    sequence,
  )

type Goods = Partial<Record<DataOf['return.received']['lines'][number]['condition'], Lines>>

/** `{ restock: { mug: 1 }, scrap: { mug: 1 } }` */
const returnedLinesOf = (goods: Goods) =>
  (Object.entries(goods) as [keyof Goods & string, Lines][]).flatMap(([condition, lines]) =>
    linesOf(lines).map(line => ({ ...line, condition })),
  )

export const returnReceived = (
  order: string,
  returned: string,
  goods: Goods,
  more: Partial<DataOf['return.received']> = {},
) =>
  anEvent(
    'return.received',
    idOf(order),
    {
      orderId: idOf(order),
      returnId: idOf(returned),
      shipmentId: idOf(`parcel of ${order}`),
      kind: 'asked',
      from: 'main',
      to: 'main',
      lines: returnedLinesOf(goods),
      ...more,
    },
    3,
  )

export const returnFound = (
  order: string,
  found: string,
  lostIn: string,
  goods: Goods,
  more: Partial<DataOf['return.found']> = {},
) =>
  anEvent(
    'return.found',
    idOf(order),
    {
      orderId: idOf(order),
      returnId: idOf(found),
      shipmentId: idOf(`parcel of ${order}`),
      lostIn: idOf(lostIn),
      from: 'main',
      to: 'main',
      lines: returnedLinesOf(goods),
      ...more,
    },
    4,
  )

const noOrder = { before: '00000000-0000-0000-0000-000000000000', kept: [] as string[] }

export const retentionPassed = (
  { details = noOrder, orders = noOrder }: Partial<DataOf['retention.passed']>,
  sequence = 1,
) => anEvent('retention.passed', 'retention', { details, orders }, sequence)

export const allExcept = (...orders: string[]) => ({
  before: '01900001-0000-0000-0000-000000000000',
  kept: orders.map(idOf).sort(),
})

export const ada = { userId: idOf('ada'), username: 'ada', role: 'operator' } as const

/** What ada did in inventory-service, unless it says otherwise. */
export function operatorActed(act: string, more: Partial<DataOf['operator.acted']> = {}): EventOf<'operator.acted'> {
  const actId = newId()
  const data = { actId, act, by: ada, from: '192.0.2.7', on: { kind: 'item', id: 'mug' }, ...more }
  return { ...anEvent('operator.acted', actId, data), source: '/inventory-service' }
}
