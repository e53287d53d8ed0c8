import type { ServiceKey } from '../client/api.ts'
import type { CancelRequest, Money, Order, Payment, Return, Shipment, WholeOrder } from '../client/shapes.ts'
import { Failure } from '../failure.ts'
import type { Mgmt } from '../mgmt.ts'
import { pathOf } from './selection.ts'

/**
 * With what the other services know of an order. One that is unavailable does not keep the rest from being shown;
 * `onMissing` is told what is missing, by default as a note.
 */
export async function withParts(
  mgmt: Mgmt,
  order: Order,
  onMissing: (text: string) => void = text => mgmt.note(text),
): Promise<WholeOrder> {
  const { api } = mgmt
  const known = <T>(service: ServiceKey, ask: () => Promise<T>) => unlessMissing(mgmt, service, { ask, onMissing })
  const path = pathOf(order.id)
  const all = async <T>(list: string) => (await api.list<T>('shipping', list, {}, Infinity)).toReversed()
  const [cancelRequests, shipments, returns, payment] = await Promise.all([
    known('order', async () => (await api.get<Items<CancelRequest>>('order', `${path}/cancel-requests`)).items),
    known('shipping', () => all<Shipment>(`${path}/shipments`)),
    known('shipping', () => all<Return>(`${path}/returns`)),
    known('payment', () => api.get<Payment>('payment', `/payments/${encodeURIComponent(order.id)}`)),
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

async function unlessMissing<T>(
  mgmt: Mgmt,
  service: ServiceKey,
  { ask, onMissing }: { ask: () => Promise<T>; onMissing: (text: string) => void },
): Promise<T | undefined> {
  try {
    return await ask()
  } catch (error) {
    mgmt.signal.throwIfAborted()
    if (!(error instanceof Failure)) throw error
    if (error.code !== 'not_found' && error.code !== 'http_404')
      onMissing(`what ${service}-service knows is missing: ${error.message}`)
    return undefined
  }
}
