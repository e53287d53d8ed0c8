import { statusByLines } from '@docket/order-service/src/order-lines.ts'
import { freeLines } from '@docket/shipping-service/src/return.ts'
import { locations, type InventoryState } from './inventory-service.ts'
import { isInForce, kept, shippedOf, type OrderState } from './order-service.ts'
import { keptMoney, type PaymentState } from './payment-service.ts'
import { countOf, type Pieces } from './pieces.ts'
import type { Scenario } from './scenarios.ts'
import { leftPieces, type ShippingState } from './shipping-service.ts'

export interface States {
  order: OrderState
  inventory: InventoryState
  payment: PaymentState
  shipping: ShippingState
}

/** Invariants across services; L1 to L5 concern one service and are defined with it. */
export function problems({ order, payment, shipping }: States): string[] {
  const hasLeft = shipping.shipments.some(({ status }) => status !== 'open' && status !== 'cancelled')
  return hasLeft && (payment.captured === 0 || !isInForce(order))
    ? ['a shipment left for an order that is not accepted']
    : []
}

/** Checked only once no event and no dead letter is left, because until then services may differ. */
export function problemsAtRest(states: States, { allocations }: Scenario): string[] {
  const { order, payment, shipping } = states
  if (order.status === '-' || payment.status === 'charging') return []
  if (order.status === 'pending') return ['I1 an order is pending, and nothing comes that it waits for']
  if (shipping.keptRequests.length > 0) return ['L5 a kept request is never decided']
  if (payment.refunds.some(({ status }) => status === 'due' || status === 'failed')) return []
  const skus = [...new Set(allocations.map(({ sku }) => sku))]
  return [
    ...ends(order),
    ...money(order, payment),
    ...skus.flatMap(sku => lines(sku, states)),
    ...(isInForce(order) && (states.inventory.status === 'committed') !== isAllGone(states.inventory)
      ? ['the status of the stock']
      : []),
  ]
}

function ends(order: OrderState): string[] {
  const { status } = order
  return [
    ...(order.requests.some(({ isOpen }) => isOpen) ? ['L5 a request is open for ever'] : []),
    ...(order.keptReturns.length > 0 ? ['L5 a kept return is never counted'] : []),
    ...(status === 'accepted' && statusByLines(order.lines) !== 'accepted'
      ? ['I1 nothing is open, and it is not final']
      : []),
    ...(status === 'cancelled' && shippedOf(order) > 0 ? ['I9 cancelled, and something was shipped'] : []),
    ...(status === 'completed' && shippedOf(order) === 0 ? ['I9 completed, and nothing was shipped'] : []),
  ]
}

function money(order: OrderState, payment: PaymentState): string[] {
  const expected = isInForce(order) ? Math.max(0, kept(order) - payment.goodwill) : 0
  const ours = payment.refunds.reduce((sum, { status, amount }) => sum + (status === 'given' ? amount : 0), 0)
  return [
    ...(keptMoney(payment) === expected ? [] : [`L3 money: ${keptMoney(payment)} kept, ${expected} expected`]),
    ...(ours === payment.refunded ? [] : ["L3 our refunds are not the provider's"]),
  ]
}

function lines(sku: string, { order, inventory, shipping }: States): string[] {
  const line = order.lines.find(one => one.sku === sku)
  const rows = inventory.rows.filter(row => row.sku === sku)
  const sum = (number: 'shipped' | 'scrapped' | 'lost') => rows.reduce((total, row) => total + row[number], 0)
  const received = shipping.returns.filter(({ status }) => status === 'received')
  const pieces = (condition: 'restock' | 'scrap' | 'lost', isFound: boolean) =>
    countOf(
      sku,
      received
        .filter(one => (one.kind === 'found') === isFound)
        .flatMap(one => one.lines)
        .filter(line => line.condition === condition),
    )
  const found = pieces('restock', true) + pieces('scrap', true)
  const inWarehouse = pieces('restock', false) + pieces('scrap', false) + found
  const lost = pieces('lost', false)
  const out = countOf(sku, leftPieces(shipping))
  const open = (location: string) =>
    countOf(
      sku,
      shipping.shipments.filter(one => one.status === 'open' && one.location === location).flatMap(one => one.lines),
    )
  const differ = (isSame: boolean, what: string) => (isSame ? [] : [what])
  return [
    ...differ(line?.shipped === out, 'L1 shipped: order-service and shipping-service differ'),
    ...differ(line?.returned === inWarehouse - found + lost, 'L1 returned: order-service and shipping-service differ'),
    ...differ(
      !isInForce(order) || line?.cancelled === countOf(sku, shipping.withdrawn),
      'L1 cancelled: order-service and shipping-service differ',
    ),
    ...locations.flatMap(location =>
      differ(
        rows.find(row => row.location === location)?.reserved === open(location),
        isInForce(order)
          ? 'L1 reserved in inventory-service is not what is open in shipping-service'
          : 'I3 stock is reserved for a final order',
      ),
    ),
    ...differ(sum('shipped') === out - inWarehouse, 'L1 shipped: inventory-service and shipping-service differ'),
    ...differ(sum('scrapped') === pieces('scrap', false) + pieces('scrap', true), 'L2 scrapped'),
    ...differ(sum('lost') === lost - found, 'L1 lost: inventory-service and shipping-service differ'),
  ]
}

const isAllGone = ({ rows }: InventoryState) => rows.every(({ reserved }) => reserved === 0)

export function problemsAtEnd({ order, payment, shipping }: States): string[] {
  const isFinal = !['-', 'pending', 'accepted'].includes(order.status)
  return [
    ...(isFinal ? [] : ['I1 the order is stuck']),
    ...(payment.refunds.some(({ status }) => status === 'due' || status === 'failed') ? ['L5 a refund is stuck'] : []),
    ...(shipping.returns.some(({ status }) => status === 'requested') ? ['L5 a return is stuck'] : []),
    ...shipping.shipments.flatMap(shipment => [
      ...(shipment.status === 'open' ? ['I1 a shipment is open for ever'] : []),
      ...(shipment.status === 'lost' || shipment.status === 'undeliverable'
        ? isCovered(shipment, shipping)
          ? []
          : ['L3 a piece was lost or undeliverable, and its money is not given back']
        : []),
    ]),
  ]
}

const isCovered = (shipment: { id: string; lines: readonly Pieces[] }, { returns }: ShippingState) =>
  freeLines(shipment, returns).length === 0

export const ending = ({ order, payment }: States) => `${order.status}, ${keptMoney(payment)} kept`
