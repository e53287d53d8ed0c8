import { messageOf } from '@docket/foundation/errors.ts'
import { usage } from '../failure.ts'
import type { ShownEvent } from './shown-event.ts'

export interface EventFilter {
  order?: string
  type?: string[]
  customer?: string
  sku?: string[]
  header?: string[]
  include?: RegExp[]
  exclude?: RegExp[]
}

export const collect = (value: string, before: string[] = []) => [...before, value]

export const pattern =
  (option: string) =>
  (text: string, before: RegExp[] = []): RegExp[] => {
    try {
      return [...before, new RegExp(text, 'iu')]
    } catch (error) {
      throw usage(`${option}: ${messageOf(error)}`, "write a regular expression, such as 'declined|refunded'")
    }
  }

/** Which topics are meant by names in which * stands for any letters and ? for one; undefined: those shown by default. */
export function topicsNamed(
  names: readonly string[] | undefined,
  all = false,
): ((topic: string) => boolean) | undefined {
  if (all && names) throw usage('Give either --topic or --all-topics.')
  if (all) return () => true
  const patterns = names?.map(namePattern)
  return patterns && (topic => patterns.some(one => one.test(topic)))
}

const namePattern = (name: string) =>
  new RegExp(`^${RegExp.escape(name).replaceAll('\\*', '.*').replaceAll('\\?', '.')}$`, 'u')

/** Names that match no topic are mistyped, or of topics not created yet, so they are reported. */
export const fittingNone = (names: readonly string[], topics: readonly string[]) =>
  names.filter(name => !topics.some(topic => namePattern(name).test(topic)))

export function orderOf({ data }: ShownEvent): string | undefined {
  const { orderId } = (typeof data === 'object' && data !== null ? data : {}) as { orderId?: unknown }
  return typeof orderId === 'string' ? orderId : undefined
}

const mostRemembered = 50_000 // orders; only the first event of an order has its customer and items

/**
 * Remembers what only the first event of an order has (customer, SKU) for its later events; `orders` are known from
 * elsewhere.
 */
export function eventFilter(filter: EventFilter, orders: readonly string[] = []): (event: ShownEvent) => boolean {
  const { type, sku, header, include, exclude } = filter
  // ids are in lower case, but some tools show them in capitals
  const [order, customer] = [filter.order?.toLowerCase(), filter.customer?.toLowerCase()]
  const types = type && new Set(type)
  const headers = header?.map(headerTest)
  const mine = new Set(orders)
  const byContent =
    customer === undefined && sku === undefined
      ? undefined
      : (event: ShownEvent) => {
          const id = orderOf(event)
          const mentioned = mentions(event, customer, sku)
          if (mentioned && id !== undefined) remember(mine, id)
          return mentioned || (id !== undefined && mine.has(id))
        }
  return event =>
    (byContent === undefined || byContent(event)) &&
    (order === undefined || isOf(order, event.key?.toLowerCase())) &&
    (types === undefined || (event.type !== null && types.has(event.type))) &&
    (headers === undefined || headers.every(test => test(event))) &&
    (include === undefined || include.some(one => one.test(textOf(event)))) &&
    (exclude === undefined || !exclude.some(one => one.test(textOf(event))))
}

const isOf = (order: string, key: string | undefined) =>
  key === order || (order.length >= 6 && (key?.endsWith(order) ?? false))

function remember(orders: Set<string>, id: string): void {
  orders.delete(id)
  orders.add(id)
  const [oldest] = orders
  if (orders.size > mostRemembered && oldest !== undefined) orders.delete(oldest)
}

function mentions({ key, data, topic }: ShownEvent, customer: string | undefined, sku: string[] | undefined): boolean {
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

function headerTest(text: string): (event: ShownEvent) => boolean {
  const [, name = '', value] = /^([^=]+)(?:=(.*))?$/s.exec(text) ?? []
  if (name === '') throw usage(`--header: "${text}" is not NAME or NAME=VALUE, such as ce_type=order.completed`)
  return ({ headers }) => (value === undefined ? Object.hasOwn(headers, name) : headers[name] === value)
}

const textOf = ({ topic, type, key, data }: ShownEvent) =>
  `${topic} ${type ?? ''} ${key ?? ''} ${typeof data === 'string' ? data : JSON.stringify(data)}`
