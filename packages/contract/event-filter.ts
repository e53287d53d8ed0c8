import type { ShownEvent } from './shown-event.ts'

/** Which events are wanted. It is applied to what may be seen, so that no filter tells what may not. */
export interface EventFilter {
  order?: string | undefined
  type?: readonly string[] | undefined
  customer?: string | undefined
  sku?: readonly string[] | undefined
  include?: readonly Expression[] | undefined
  exclude?: readonly Expression[] | undefined
}

/** A regular expression of any engine. */
export interface Expression {
  test(text: string): boolean
}

/** The orders of the customer and with the items that a filter names: only the first event of an order has them. */
export interface KnownOrders {
  has(orderId: string): boolean
  add(orderId: string): void
}

export function eventFilter(filter: EventFilter, orders: KnownOrders): (event: ShownEvent) => boolean {
  const { type, sku, include, exclude } = filter
  // ids are in lower case, but some tools show them in capitals
  const [order, customer] = [filter.order?.toLowerCase(), filter.customer?.toLowerCase()]
  const types = type && new Set(type)
  const byContent =
    customer === undefined && sku === undefined
      ? undefined
      : (event: ShownEvent) => {
          const id = orderOf(event)
          const mentioned = mentions(event, customer, sku)
          if (mentioned && id !== undefined) orders.add(id)
          return mentioned || (id !== undefined && orders.has(id))
        }
  return event =>
    (byContent === undefined || byContent(event)) &&
    (order === undefined || isOf(order, event.key?.toLowerCase())) &&
    (types === undefined || (event.type !== null && types.has(event.type))) &&
    (include === undefined || include.some(one => one.test(textOf(event)))) &&
    (exclude === undefined || !exclude.some(one => one.test(textOf(event))))
}

/** Topics by names in which * stands for any letters and ? for one. */
export const topicPattern = (name: string): Expression =>
  new RegExp(
    `^${RegExp.escape(name)
      .replaceAll(/(\\\*)+/g, '.*')
      .replaceAll('\\?', '.')}$`,
    'u',
  )

export function orderOf({ data }: ShownEvent): string | undefined {
  const { orderId } = (typeof data === 'object' && data !== null ? data : {}) as { orderId?: unknown }
  return typeof orderId === 'string' ? orderId : undefined
}

const isOf = (order: string, key: string | undefined) =>
  key === order || (order.length >= 6 && (key?.endsWith(order) ?? false))

function mentions(
  { key, data, topic }: ShownEvent,
  customer: string | undefined,
  sku: readonly string[] | undefined,
): boolean {
  const { customerId, lines, shortages } = (typeof data === 'object' && data !== null ? data : {}) as {
    customerId?: unknown
    lines?: unknown
    shortages?: unknown
  }
  const skus = [lines, shortages].flatMap(list =>
    Array.isArray(list) ? list.map((one: { sku?: unknown } | null) => one?.sku) : [],
  )
  return (
    (customer === undefined || isSame(customerId, customer) || (topic === 'user-events' && isSame(key, customer))) &&
    (sku === undefined || sku.some(one => skus.includes(one) || key === one))
  )
}

const isSame = (id: unknown, wanted: string) => typeof id === 'string' && id.toLowerCase() === wanted

const textOf = ({ topic, type, key, data }: ShownEvent) =>
  `${topic} ${type ?? ''} ${key ?? ''} ${typeof data === 'string' ? data : JSON.stringify(data)}`
