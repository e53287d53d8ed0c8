import type { LineEntry, OrderEntry, PaymentEntry, Pieces, RefundEntry, ReturnEntry, Snapshot } from './snapshot.ts'
import { stockNumbers } from './snapshot.ts'

// L1 to L5: what must hold for each line of an order, and for what happens to it after it was accepted. Orders that have
// moved lately are judged only by what must hold within one database.

export type Fault = [about: string, text: string]

/** Orders about which the services should agree by now, and of which none has deleted anything. */
export type QuietOrders = ReadonlyMap<string, OrderEntry>

const quantityOf = (pieces: readonly Pieces[], sku: string) =>
  pieces.reduce((sum, piece) => sum + (piece.sku === sku ? piece.quantity : 0), 0)

const priceOf = (lines: readonly LineEntry[], pieces: readonly Pieces[]) =>
  lines.reduce((sum, { sku, unitPrice }) => sum + unitPrice * quantityOf(pieces, sku), 0)

const moreThan = (most: readonly Pieces[], pieces: readonly Pieces[]) =>
  [...new Set(pieces.map(({ sku }) => sku))].filter(sku => quantityOf(pieces, sku) > quantityOf(most, sku))

const openPieces = ({ quantity, cancelled, shipped }: LineEntry) => quantity - cancelled - shipped
const isInForce = ({ status }: OrderEntry) => status === 'accepted' || status === 'completed'
const isBack = ({ status, kind }: ReturnEntry) => status === 'received' && kind !== 'found'
export const hasLeft = ({ status }: { status: string }) => status !== 'open' && status !== 'cancelled'
const linesOf = (some: readonly { lines: readonly Pieces[] }[]) => some.flatMap(({ lines }) => lines)
const faultsOf = (id: string, faults: readonly (string | false)[]) =>
  faults.filter(fault => fault !== false).map((fault): Fault => [id, fault])

/** L1 */
export function linesApart(snapshot: Snapshot, quiet: QuietOrders): Fault[] {
  const impossible = [...snapshot.orders].flatMap(([id, { lines }]) =>
    lines.flatMap(line =>
      faultsOf(id, [
        openPieces(line) < 0 &&
          `has ${line.quantity} ${line.sku}: ${line.cancelled} cancelled and ${line.shipped} shipped`,
        line.returned > line.shipped && `has ${line.returned} ${line.sku} returned, and ${line.shipped} shipped`,
      ]),
    ),
  )
  return [...impossible, ...[...quiet].flatMap(([id, order]) => linesOfOrderApart(snapshot, id, order))]
}

function linesOfOrderApart(snapshot: Snapshot, id: string, order: OrderEntry): Fault[] {
  const isAnyOpen = order.lines.some(line => openPieces(line) > 0)
  const isAnyShipped = order.lines.some(({ shipped }) => shipped > 0)
  const stock = snapshot.claims.get(id)?.lines ?? []
  const { shipments, returns } = snapshot.shipments.get(id) ?? { shipments: [], returns: [] }
  const received = returns.filter(({ status }) => status === 'received')
  const inStockAgain = received.flatMap(({ lines }) => lines.filter(({ condition }) => condition !== 'lost'))
  const pieces = {
    waiting: linesOf(shipments.filter(({ status }) => status === 'open')),
    left: linesOf(shipments.filter(hasLeft)),
    returned: linesOf(returns.filter(isBack)),
  }
  return [
    ...faultsOf(id, [
      order.status === 'completed' && isAnyOpen && 'is completed, and a line of it is open',
      order.status === 'completed' && !isAnyShipped && 'is completed, and nothing of it was shipped',
      order.status === 'accepted' && !isAnyOpen && 'is accepted, and no line of it is open',
      !isInForce(order) && isAnyShipped && `is ${order.status}, and something of it was shipped`,
    ]),
    ...order.lines.flatMap(line => {
      const { sku } = line
      const open = order.status === 'accepted' ? openPieces(line) : 0
      const { reserved, shipped } = stock.find(one => one.sku === sku) ?? { reserved: 0, shipped: 0 }
      const out = line.shipped - quantityOf(inStockAgain, sku)
      const waiting = quantityOf(pieces.waiting, sku)
      const left = quantityOf(pieces.left, sku)
      const returned = quantityOf(pieces.returned, sku)
      return faultsOf(id, [
        reserved !== open && `has ${open} ${sku} open, and ${reserved} reserved`,
        shipped !== out && `has ${out} ${sku} out, and in stock ${shipped} are shipped`,
        waiting !== open && `has ${open} ${sku} open, and ${waiting} in open shipments`,
        left !== line.shipped && `has ${line.shipped} ${sku} shipped, and ${left} have left`,
        returned !== line.returned && `has ${line.returned} ${sku} returned, and ${returned} came back`,
      ])
    }),
  ]
}

/** L2 */
export function stockApart({ stock }: Snapshot): Fault[] {
  const byItem = Map.groupBy(stock, ({ sku }) => sku)
  return [
    ...stock.flatMap(row =>
      faultsOf(`${row.sku} at ${row.location}`, [
        ...stockNumbers.map(
          name =>
            row[name] !== row.movements[name] &&
            `has ${row[name]} ${name}, and its movements add up to ${row.movements[name]}`,
        ),
        stockNumbers.some(name => name !== 'moved' && row[name] < 0) && 'has less than nothing',
        row.lost > row.shipped && `has ${row.lost} lost, and ${row.shipped} shipped`,
      ]),
    ),
    ...[...byItem].flatMap(([sku, rows]) => {
      const moved = rows.reduce((sum, row) => sum + row.moved, 0)
      return faultsOf(sku, [moved !== 0 && `${moved} pieces more were moved here than away`])
    }),
  ]
}

const isGoodwill = ({ kind }: RefundEntry) => kind === 'goodwill'
const sumOf = (refunds: readonly { amount: number }[]) => refunds.reduce((sum, { amount }) => sum + amount, 0)

/** L3: a refund that is due or was declined is owed, so its money is not kept. */
export function moneyApart(
  snapshot: Snapshot,
  quiet: QuietOrders,
  isChecked: (payment: PaymentEntry) => boolean,
): Fault[] {
  return [...quiet].flatMap(([id, order]) => {
    const payment = snapshot.payments.get(id)
    if (!payment || !['succeeded', 'refunding', 'refunded'].includes(payment.status)) return []
    const price = order.lines.reduce(
      (sum, { unitPrice, quantity, cancelled, returned }) => sum + unitPrice * (quantity - cancelled - returned),
      0,
    )
    const kept = payment.amount - sumOf(payment.refunds)
    const due = isInForce(order) ? Math.max(0, price - sumOf(payment.refunds.filter(isGoodwill))) : 0
    return faultsOf(id, [
      sumOf(payment.refunds) > payment.amount &&
        `was charged ${payment.amount}, and ${sumOf(payment.refunds)} are refunded`,
      kept !== due && `keeps ${kept} of its payment, and what was kept costs ${due}`,
      ...(isChecked(payment) ? refundsApart(snapshot, id, payment) : []),
    ])
  })
}

function refundsApart(snapshot: Snapshot, orderId: string, { id, refunds }: PaymentEntry): (string | false)[] {
  const paid = snapshot.ledger.get(id)?.refunds ?? []
  const paidUnder = Map.groupBy(paid, refund => refund.id ?? orderId)
  const ours = new Map(refunds.map(refund => [refund.id, refund]))
  return [
    ...[...paidUnder].flatMap(([refundId, some]) => {
      const mine = ours.get(refundId)
      return [
        some.length > 1 && `the provider gave the refund ${refundId} ${some.length} times`,
        mine === undefined && `the provider gave a refund ${refundId} that is not ours`,
        mine !== undefined &&
          mine.status !== 'given' &&
          mine.status !== 'due' &&
          `the provider gave the refund ${refundId}, and ours is ${mine.status}`,
        mine !== undefined &&
          some[0]?.amount !== mine.amount &&
          `the provider gave ${some[0]?.amount} as the refund ${refundId}, and ours is ${mine.amount}`,
      ]
    }),
    ...refunds.map(
      ({ id: refundId, status, amount }) =>
        status === 'given' &&
        amount > 0 &&
        !paidUnder.has(refundId) &&
        `gave the refund ${refundId}, and the provider knows nothing of it`,
    ),
  ]
}

/** L4 */
export function twiceBack(snapshot: Snapshot, quiet: QuietOrders): Fault[] {
  return [
    ...[...snapshot.shipments].flatMap(([id, { shipments, returns }]) =>
      shipments.flatMap(shipment => {
        const ofIt = returns.filter(({ shipmentId, status }) => shipmentId === shipment.id && status !== 'cancelled')
        const taken = linesOf(ofIt.filter(({ kind }) => kind !== 'found'))
        const left = hasLeft(shipment) ? shipment.lines : []
        return moreThan(left, taken).map((sku): Fault => [
          id,
          `has more ${sku} in returns of the shipment ${shipment.id} than left with it`,
        ])
      }),
    ),
    ...[...snapshot.shipments].flatMap(([id, { returns }]) =>
      returns
        .filter(({ status }) => status === 'received')
        .flatMap(lost => {
          const pieces = lost.lines.filter(({ condition }) => condition === 'lost')
          const found = linesOf(returns.filter(({ lostIn }) => lostIn === lost.id))
          return moreThan(pieces, found).map((sku): Fault => [
            id,
            `found more ${sku} than the return ${lost.id} had lost`,
          ])
        }),
    ),
    ...[...quiet].flatMap(([id, order]) => [
      ...stockOfReturnsApart(snapshot, id),
      ...refundsOfOrderApart(snapshot, id, order),
    ]),
  ]
}

function stockOfReturnsApart(snapshot: Snapshot, id: string): Fault[] {
  const booked = snapshot.claims.get(id)?.returns ?? []
  const received = (snapshot.shipments.get(id)?.returns ?? []).filter(({ status }) => status === 'received')
  const returnIds = new Set([...booked.map(({ returnId }) => returnId), ...received.map(one => one.id)])
  const inWords = (pieces: readonly (Pieces & { condition: string })[]) =>
    [...Map.groupBy(pieces, ({ sku, condition }) => `${sku} (${condition})`)]
      .map(([what, some]) => `${some.reduce((sum, { quantity }) => sum + quantity, 0)} ${what}`)
      .sort()
      .join(', ') || 'nothing'
  return [...returnIds].flatMap(returnId => {
    const counted = inWords(received.find(one => one.id === returnId)?.lines ?? [])
    const inStock = inWords(booked.filter(one => one.returnId === returnId))
    return faultsOf(id, [
      counted !== inStock && `received ${counted} in the return ${returnId}, and stock took ${inStock}`,
    ])
  })
}

/** Each refund has one cause, and at most its price: other refunds may have left less than that. */
function refundsOfOrderApart(snapshot: Snapshot, id: string, { lines, requests, returns }: OrderEntry): Fault[] {
  const priceUnder = new Map<string, number>([
    ...requests.map(({ id: requestId, withdrawn }): [string, number] => [requestId, priceOf(lines, withdrawn ?? [])]),
    ...returns.map((one): [string, number] => [one.id, one.isCounted ? priceOf(lines, one.lines) : 0]),
  ])
  return (snapshot.payments.get(id)?.refunds ?? []).flatMap(refund => {
    if (isGoodwill(refund) || refund.id === id) return []
    const price = priceUnder.get(refund.id)
    return faultsOf(id, [
      price === undefined && `has a refund ${refund.id} that no request and no return explains`,
      price !== undefined &&
        refund.amount > price &&
        `refunds ${refund.amount} as ${refund.id}, and that costs ${price}`,
    ])
  })
}

/** L5 */
export function undecided(snapshot: Snapshot, quiet: QuietOrders, patienceSeconds: number): Fault[] {
  return [...quiet].flatMap(([id, order]) => {
    const known = new Set(snapshot.shipments.get(id)?.requests)
    const returns = snapshot.shipments.get(id)?.returns ?? []
    const refunds = new Map((snapshot.payments.get(id)?.refunds ?? []).map(refund => [refund.id, refund]))
    const counted = new Map(order.returns.map(one => [one.id, one]))
    const isRefundOf = (pieces: readonly Pieces[]) => pieces.length > 0 && isInForce(order)
    return faultsOf(id, [
      ...order.requests.flatMap(({ id: requestId, withdrawn, ageSeconds }) => [
        withdrawn === null &&
          ageSeconds > patienceSeconds &&
          `has had no answer to its request ${requestId} for ${Math.round(ageSeconds)} s`,
        withdrawn !== null &&
          !known.has(requestId) &&
          `has an answer to its request ${requestId}, which shipping-service does not know`,
        withdrawn !== null &&
          isRefundOf(withdrawn) &&
          !refunds.has(requestId) &&
          `cancelled lines by its request ${requestId}, and no refund says so`,
      ]),
      ...order.returns.map(
        ({ id: returnId, isCounted, lines }) =>
          isCounted &&
          isRefundOf(lines) &&
          !refunds.has(returnId) &&
          `took back the return ${returnId}, and no refund says so`,
      ),
      ...order.returns.map(
        ({ id: returnId, isCounted, ageSeconds }) =>
          !isCounted &&
          ageSeconds > patienceSeconds &&
          `has kept the return ${returnId} for ${Math.round(ageSeconds)} s, whose goods have not left`,
      ),
      ...returns.map(
        one =>
          isBack(one) && !counted.has(one.id) && `received the return ${one.id}, and order-service does not know it`,
      ),
      ...[...refunds.values()].map(
        ({ id: refundId, status, cause }) =>
          status === 'failed' && !cause && `has a refund ${refundId} that failed without a cause`,
      ),
    ])
  })
}
