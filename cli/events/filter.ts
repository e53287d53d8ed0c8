import { eventFilter as sharedFilter, topicPattern } from '@docket/contract/event-filter.ts'
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
  const patterns = names?.map(topicPattern)
  return patterns && (topic => patterns.some(one => one.test(topic)))
}

/** Names that match no topic are mistyped, or of topics not created yet, so they are reported. */
export const fittingNone = (names: readonly string[], topics: readonly string[]) =>
  names.filter(name => !topics.some(topic => topicPattern(name).test(topic)))

const mostRemembered = 50_000 // orders; only the first event of an order has its customer and items

/**
 * Remembers what only the first event of an order has (customer, SKU) for its later events; `orders` are known from
 * elsewhere.
 */
export function eventFilter(filter: EventFilter, orders: readonly string[] = []): (event: ShownEvent) => boolean {
  const hasHeaders = headerFilter(filter.header)
  const isWanted = sharedFilter(filter, remembered(orders))
  return event => isWanted(event) && hasHeaders(event)
}

function remembered(orders: readonly string[]) {
  const known = new Set(orders)
  return {
    has: (id: string) => known.has(id),
    add(id: string): void {
      known.delete(id)
      known.add(id)
      const [oldest] = known
      if (known.size > mostRemembered && oldest !== undefined) known.delete(oldest)
    },
  }
}

export function headerFilter(header: readonly string[] = []): (event: ShownEvent) => boolean {
  const tests = header.map(headerTest)
  return event => tests.every(test => test(event))
}

function headerTest(text: string): (event: ShownEvent) => boolean {
  const [, name = '', value] = /^([^=]+)(?:=(.*))?$/s.exec(text) ?? []
  if (name === '') throw usage(`--header: "${text}" is not NAME or NAME=VALUE, such as ce_type=order.completed`)
  return ({ headers }) => (value === undefined ? Object.hasOwn(headers, name) : headers[name] === value)
}
