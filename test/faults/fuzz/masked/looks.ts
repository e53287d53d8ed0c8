import fc from 'fast-check'
import type { Endpoint } from '../endpoints.ts'
import type { Fixtures } from '../fixtures.ts'
import { lastOrder, requestsTo, type FuzzRequest } from '../requests.ts'
import type { HeadersFor } from '../people.ts'
import type { Sent } from '../send.ts'

/** One request of somebody who looks, and what it must not show besides canaries. */
export interface Look {
  kind: 'feed' | 'endpoint' | 'board'
  sent: Sent
  /** It asks for what is masked, so whatever it finds tells something about that. */
  findsNothing: boolean
}

const often =
  (weight: number) =>
  <T>(arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary })

export interface Words {
  hint: string
  orders: readonly string[]
  skus: readonly string[]
  customers: readonly string[]
}

type Query = Record<string, string | string[] | undefined>

const topics = [
  '*',
  '*.dlq',
  'order-*',
  'order-events',
  'payment-events.dlq',
  'user-events',
  '?*-events',
  'audit-events',
  '',
]
const types = [
  'order.created',
  'order.accepted',
  'stock.reserved',
  'payment.failed',
  'user.signed_up',
  'order.invented',
  '(masked)',
]
const moments = [
  'beginning',
  'beginning',
  'beginning',
  'now',
  '2020-01-01T00:00:00Z',
  '9999-12-31T23:59:59Z',
  'yesterday',
]
const positions = [
  'order-events:0.0.0.0.0.0',
  'order-events:0.0',
  'order-events:-1',
  'user-events:0.0.0.0.0.0~order-events:2.2.2.2.2.2',
  'x',
]

/** Expressions that would tell a masked value by what they match, if they were given it. */
const guesses = (hint: string) => [
  hint,
  `(?i)${hint}`,
  `${hint}\\w+`,
  `[${hint}]{5}`,
  `"name":".*${hint}`,
  `tok_.*${hint}`,
  `\\x${hint.charCodeAt(0).toString(16)}${hint.slice(1)}`,
]
const expressions = [
  '.',
  'masked',
  '"paymentToken":"\\(masked\\)"',
  '"shippingAddress":',
  'order',
  '[^"]+',
  '(a+)+$',
  '(',
  '\\',
  '(?=x)',
  '^$',
  '\\p{L}',
  '😀',
]

export function feedLooks(url: string, words: Words, headers: Record<string, string>): fc.Arbitrary<Look> {
  const word = fc.oneof(
    fc.constantFrom(...words.orders, ...words.skus, ...words.customers),
    fc.constantFrom(...types),
    fc.string({ maxLength: 20 }),
  )
  const several = (of: fc.Arbitrary<string>) => fc.array(of, { minLength: 1, maxLength: 3 })
  const any = (values: readonly string[]) =>
    fc.oneof(often(9)(fc.constantFrom(...values)), often(1)(fc.string({ maxLength: 30 })))
  const fields: Record<string, fc.Arbitrary<string | string[]>> = {
    topic: several(any(topics)),
    type: several(any(types)),
    order: fc.oneof(
      word,
      fc.constantFrom(...words.orders).map(id => id.slice(-6)),
    ),
    customer: word,
    sku: several(word),
    include: several(any(expressions)),
    exclude: several(any(expressions)),
    from: any(moments),
    last: fc.constantFrom('0', '1', '50', '100000', '-1', 'x'),
    until: any(moments),
    personal: fc.constantFrom('true', 'false', 'yes'),
  }
  // few at a time: with all of them, nothing would match
  const query: fc.Arbitrary<Query> = fc
    .subarray(Object.keys(fields), { maxLength: 3 })
    .chain(names => fc.record(Object.fromEntries(names.map(name => [name, fields[name] ?? word]))))
  const guess = fc.tuple(
    fc.constantFrom('include', 'type', 'order', 'customer', 'sku', 'topic'),
    fc.constantFrom(...guesses(words.hint)),
  )
  const looked = (chosen: Query, more: Record<string, string>, findsNothing: boolean): Look => ({
    kind: 'feed',
    findsNothing,
    sent: {
      url,
      method: 'GET',
      path: `/events?${searchOf({ follow: 'false', ...chosen })}`,
      headers: { ...headers, ...more },
      body: undefined,
      from: '127.0.0.1',
    },
  })
  return fc.oneof(
    often(6)(
      fc
        .tuple(query, fc.constantFrom('false', 'false', 'false', 'true'))
        .map(([chosen, follow]) => looked({ from: 'beginning', ...chosen, follow }, {}, false)),
    ),
    often(1)(
      fc
        .tuple(query, fc.constantFrom(...positions))
        .map(([chosen, id]) => looked(chosen, { 'last-event-id': id }, false)),
    ),
    // alone: a second expression may be one that matches
    often(3)(
      fc
        .tuple(query, guess)
        .map(([chosen, [name, text]]) => looked({ from: 'beginning', ...chosen, [name]: text }, {}, true)),
    ),
  )
}

function searchOf(query: Query): string {
  const search = new URLSearchParams()
  for (const [name, value] of Object.entries(query))
    for (const one of [value ?? []].flat()) search.append(name, one.toWellFormed())
  return search.toString()
}

/** What else an observer may ask for, and what is refused: its errors tell nothing either. */
export function endpointLooks(
  endpoints: readonly Endpoint[],
  fixtures: Fixtures,
  headersFor: HeadersFor,
): fc.Arbitrary<Look> {
  const lookedAt = endpoints.filter(
    ({ method, needs, template }) => (method === 'GET' && template !== '/events') || needs === 'operator',
  )
  return fc.oneof(
    ...lookedAt.map(endpoint =>
      often(endpoint.method === 'GET' ? 4 : 1)(
        requestsTo(endpoint, fixtures.knownAt(endpoint)).map(request => ({
          kind: 'endpoint' as const,
          findsNothing: false,
          sent: sentOf(request, headersFor, fixtures),
        })),
      ),
    ),
  )
}

const sentOf = (
  { endpoint, person, way, path, headers, body, from }: FuzzRequest,
  headersFor: HeadersFor,
  { orders: [order = ''] }: Pick<Fixtures, 'orders'>,
): Sent => ({
  url: endpoint.url,
  method: endpoint.method,
  path: path.replace(lastOrder, order),
  headers: { ...headersFor(person, way, false), ...headers },
  body,
  from,
})

const views = ['flow', 'orders', 'orders', 'rates', 'ticker', 'ticker', 'nowhere', '../flow']

export function boardLooks(url: string, key: string, { hint, orders, skus, customers }: Words): fc.Arbitrary<Look> {
  const word = fc.oneof(
    fc.constantFrom(hint, '', '(masked)', ...orders, ...skus, ...customers, ...types),
    fc.string({ maxLength: 30 }),
  )
  const query = fc.record(
    {
      text: word,
      topic: fc.oneof(fc.constantFrom(...topics), word),
      type: fc.oneof(fc.constantFrom(...types), word),
      status: fc.constantFrom('', 'stuck', 'pending', 'completed', 'cancelled', hint),
      step: word,
      sku: word,
      customer: word,
      age: fc.constantFrom('0s', '1s', '1d', hint),
      span: fc.constantFrom('15m', '1h', hint),
    },
    { requiredKeys: [] },
  )
  const view = fc.oneof(
    often(4)(fc.constantFrom(...views)),
    often(1)(fc.constantFrom(...orders).map(id => `orders/${id}`)),
  )
  return fc.tuple(view, query).map(([name, chosen]) => ({
    kind: 'board' as const,
    findsNothing: false,
    sent: {
      url,
      method: 'GET',
      path: `/stream/${name}?${searchOf(chosen)}`,
      headers: { 'x-board-key': key },
      body: undefined,
      from: '127.0.0.1',
    },
  }))
}
