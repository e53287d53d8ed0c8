import type { ServiceKey } from '../client/api.ts'
import type { CancelRequest, Money, Order, Payment, Return, Shipment, WholeOrder } from '../client/shapes.ts'
import { Failure } from '../failure.ts'
import type { Mgmt } from '../mgmt.ts'
import { pathOf } from './selection.ts'

/** With what the other services know of an order. One that is unavailable does not keep the rest from being shown. */
export async function withParts(mgmt: Mgmt, order: Order): Promise<WholeOrder> {
  const path = pathOf(order.id)
  const [cancelRequests, shipments, returns, payment] = await Promise.all([
    listed<CancelRequest>(mgmt, 'order', `${path}/cancel-requests`),
    listed<Shipment>(mgmt, 'shipping', `${path}/shipments`),
    listed<Return>(mgmt, 'shipping', `${path}/returns`),
    known<Payment>(mgmt, 'payment', `/payments/${encodeURIComponent(order.id)}`),
  ])
  return {
    ...order,
    ...(cancelRequests && { cancelRequests }),
    ...(shipments && { shipments }),
    ...(returns && { returns }),
    ...(payment && { money: moneyOf(payment) }),
  }
}

const isCaptured = new Set<Payment['status']>(['succeeded', 'refunding', 'refunded'])

const moneyOf = ({ status, amount, refunded, owed }: Payment): Money => ({
  captured: isCaptured.has(status) ? amount : 0,
  refunded,
  owed,
})

async function listed<T>(mgmt: Mgmt, service: ServiceKey, path: string): Promise<T[] | undefined> {
  const list = await known<{ items: T[] }>(mgmt, service, path)
  return list && list.items.length > 0 ? list.items : undefined
}

async function known<T>(mgmt: Mgmt, service: ServiceKey, path: string): Promise<T | undefined> {
  try {
    return await mgmt.api.get<T>(service, path)
  } catch (error) {
    mgmt.signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    if (error.code !== 'not_found' && error.code !== 'http_404')
      mgmt.note(`what ${service}-service knows is missing: ${error.message}`)
    return undefined
  }
}
