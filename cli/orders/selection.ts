import type { Command } from 'commander'
import { spanQuery, withSpan, type SpanOptions } from '../input/span.ts'
import type { Mgmt } from '../mgmt.ts'
import type { Order } from '../client/shapes.ts'

export interface OrderFilter extends SpanOptions {
  status?: string
  customer?: string
  stuck?: boolean
  limit: number
}

export const pathOf = (id: string) => `/orders/${encodeURIComponent(id)}`

/** Also rejects an order of somebody else. */
export const orderOf = (mgmt: Mgmt, id: string) => mgmt.api.get<Order>('order', pathOf(id))

export const ordersOf = (mgmt: Mgmt, filter: OrderFilter): Promise<Order[]> =>
  mgmt.api.list<Order>('order', '/orders', queryOf(mgmt, filter), filter.limit)

export const queryOf = (mgmt: Mgmt, { status, customer, stuck, ...span }: Omit<OrderFilter, 'limit'>) => ({
  status,
  customer,
  ...spanQuery(span, mgmt.options),
  stuck: stuck ? 'true' : undefined,
})

export const withOrderFilter = (command: Command) =>
  withSpan(command.option('--customer <id>', "only this customer's"), 'created')
