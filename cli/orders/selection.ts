import type { Command } from 'commander'
import { parseSpan } from '../input/times.ts'
import type { Mgmt } from '../mgmt.ts'
import type { Order } from '../client/shapes.ts'

/** The selection of orders that commands over many orders accept. */
export interface OrderFilter {
  status?: string
  customer?: string
  since?: string
  until?: string
  stuck?: boolean
  limit: number
}

export const pathOf = (id: string) => `/orders/${encodeURIComponent(id)}`

/** Rejects when there is none, or when it is somebody else's. */
export const orderOf = (mgmt: Mgmt, id: string) => mgmt.api.get<Order>('order', pathOf(id))

/** Newest first: of a customer their own, of an operator all. */
export const ordersOf = (mgmt: Mgmt, filter: OrderFilter): Promise<Order[]> =>
  mgmt.api.list<Order>('order', '/orders', queryOf(mgmt, filter), filter.limit)

export function queryOf(mgmt: Mgmt, { status, customer, since, until, stuck }: Omit<OrderFilter, 'limit'>) {
  const span = parseSpan({ since, until }, mgmt.options)
  return {
    status,
    customer,
    since: span.since?.toISOString(),
    until: span.until?.toISOString(),
    stuck: stuck ? 'true' : undefined,
  }
}

/** The options of {@link OrderFilter} that say whose and of when. */
export const withOrderFilter = (command: Command) =>
  command
    .option('--customer <id>', "only this customer's")
    .option('--since <time>', 'created at or after: 2026-01-31T12:00 (local), …T12:00:00Z, or 5m for five minutes ago')
    .option('--until <time>', 'created before')
