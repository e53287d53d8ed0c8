import type { ServiceKey } from '../client/api.ts'
import type { CancelRequest, Money, Order, Payment, Return, Shipment, WholeOrder } from '../client/shapes.ts'
import { Failure } from '../failure.ts'
import type { Mgmt } from '../mgmt.ts'
import { pathOf } from './selection.ts'

/** With what the other services know of an order. One that is unavailable does not keep the rest from being shown. */
export async function withParts(mgmt: Mgmt, order: Order): Promise<WholeOrder> {
  const { api } = mgmt
  const path = pathOf(order.id)
  const all = async <T>(list: string) => (await api.list<T>('shipping', list, {}, Infinity)).toReversed()
  const [cancelRequests, shipments, returns, payment] = await Promise.all([
    known(mgmt, 'order', async () => (await api.get<Items<CancelRequest>>('order', `${path}/cancel-requests`)).items),
    known(mgmt, 'shipping', () => all<Shipment>(`${path}/shipments`)),
    known(mgmt, 'shipping', () => all<Return>(`${path}/returns`)),
    known(mgmt, 'payment', () => api.get<Payment>('payment', `/payments/${encodeURIComponent(order.id)}`)),
  ])
  return {
    ...order,
    ...(cancelRequests?.length && { cancelRequests }),
    ...(shipments?.length && { shipments }),
    ...(returns?.length && { returns }),
    ...(payment && { money: moneyOf(payment) }),
  }
}

const isCaptured = new Set<Payment['status']>(['succeeded', 'refunding', 'refunded'])

const moneyOf = ({ status, amount, refunded, owed }: Payment): Money => ({
  captured: isCaptured.has(status) ? amount : 0,
  refunded,
  owed,
})

interface Items<T> {
  items: T[]
}

async function known<T>(mgmt: Mgmt, service: ServiceKey, ask: () => Promise<T>): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    mgmt.signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    if (error.code !== 'not_found' && error.code !== 'http_404')
      mgmt.note(`what ${service}-service knows is missing: ${error.message}`)
    return undefined
  }
}
