import fc from 'fast-check'
import type { Endpoint, Field, Schema } from './endpoints.ts'
import { fieldPathsIn, put, Raw, rightFor, textOf, wrongFor, type Known } from './values.ts'

export const people = ['anonymous', 'customer', 'other customer', 'operator', 'expired', 'forged', 'garbage'] as const
export type Person = (typeof people)[number]

export interface FuzzRequest {
  endpoint: Endpoint
  kind: string
  person: Person
  way: 'bearer' | 'cookie'
  /** With its query, percent-encoded. */
  path: string
  headers: Record<string, string | string[]>
  body: string | Buffer | undefined
  from: string
}

export const lastOrder = '00000000-0000-4000-8000-000000000001'

const json = { 'content-type': 'application/json' }
const times =
  (weight: number) =>
  <T>(arbitrary: fc.Arbitrary<T>) => ({ weight, arbitrary })

export function requestsTo(endpoint: Endpoint, known: Known): fc.Arbitrary<FuzzRequest> {
  return fc
    .record({
      person: personFor(endpoint),
      way: fc.constantFrom('bearer', 'cookie'),
      path: pathOf(endpoint, known),
      query: queryOf(endpoint, known),
      content: contentOf(endpoint, known),
      headers: headersOf(endpoint),
      from: fc.integer({ min: 2, max: 250 }).map(n => `127.0.0.${n}`),
    })
    .map(
      ({ person, way, path, query, content, headers, from }) =>
        ({
          endpoint,
          person: headers.kind === 'credentials' ? 'garbage' : person,
          way,
          from,
          kind:
            [path.kind, query.kind, content.kind, headers.kind].filter(kind => kind !== 'valid').join('+') || 'valid',
          path: path.text + (query.text && `?${query.text}`),
          headers: { ...content.headers, ...headers.headers },
          body: content.body,
        }) as FuzzRequest,
    )
}

function personFor({ needs }: Endpoint): fc.Arbitrary<Person> {
  const others = fc.constantFrom(...people)
  if (needs === 'operator') return fc.oneof(times(3)(fc.constant<Person>('operator')), times(1)(others))
  return fc.oneof(times(3)(fc.constantFrom<Person>('customer', 'operator')), times(1)(others))
}

interface Text {
  kind: string
  text: string
}

const right = (text: string): Text => ({ kind: 'valid', text })

// What no path or query should break on, as it goes over the wire.
const wireTexts = [
  '%',
  '%00',
  '%ff',
  '%c3%28',
  '%ed%a0%80',
  '%2e%2e',
  '..%2f..%2fetc%2fpasswd',
  'a%2fb',
  '%252e',
  'a;b',
  '[]',
  '\u00e9',
  '%F0%9F%98%80',
  "'--",
  '%27%20OR%201=1',
]

const encoded = (value: unknown) =>
  encodeURIComponent((typeof value === 'string' ? value : textOf(value)).toWellFormed().slice(0, 3_000))

const wrongText = (schema: Schema): fc.Arbitrary<string> =>
  fc.oneof(wrongFor(schema).map(encoded), fc.constantFrom(...wireTexts))

function pathOf(endpoint: Endpoint, known: Known): fc.Arbitrary<Text> {
  if (endpoint.path.length === 0) return fc.constant(right(endpoint.template))
  const filled = (values: Record<string, string>) =>
    endpoint.template.replaceAll(/\{(\w+)\}/g, (_, name: string) => values[name] || 'x')
  const all = (make: (field: Field) => fc.Arbitrary<string>) =>
    fc.record(Object.fromEntries(endpoint.path.map(field => [field.name, make(field)])))
  return fc.oneof(
    times(5)(
      all(({ name, schema }) => rightFor(schema, name, known).map(encoded)).map(values => right(filled(values))),
    ),
    times(1)(all(({ schema }) => wrongText(schema)).map(values => ({ kind: 'path', text: filled(values) }))),
  )
}

function queryOf({ query }: Endpoint, known: Known): fc.Arbitrary<Text> {
  if (query.length === 0) {
    return fc.oneof(
      times(20)(fc.constant(right(''))),
      times(1)(fc.constantFrom(...wireTexts, 'a=b', '&&&').map(text => ({ kind: 'query', text }))),
    )
  }
  const rightPair = ({ name, schema }: Field) => rightFor(schema, name, known).map(value => `${name}=${encoded(value)}`)
  const rightPairs = fc.subarray(query).chain(fields => fc.tuple(...fields.map(rightPair)))
  const wrongPair = fc
    .constantFrom(...query)
    .chain(({ name, schema }) => wrongText(schema).map(value => `${name}=${value}`))
  const oddPair = fc.constantFrom(
    'unknown=1',
    '__proto__=1',
    'limit[]=1',
    'limit[a]=1',
    '=',
    '&',
    '=1',
    'limit',
    'limit=',
    'limit=1&limit=2',
    'cursor=&cursor=',
    ...wireTexts,
  )
  return fc.oneof(
    times(4)(rightPairs.map(pairs => right(pairs.join('&')))),
    times(3)(
      fc.tuple(rightPairs, wrongPair).map(([pairs, wrong]) => ({ kind: 'query', text: [...pairs, wrong].join('&') })),
    ),
    times(1)(fc.tuple(rightPairs, oddPair).map(([pairs, odd]) => ({ kind: 'query', text: [...pairs, odd].join('&') }))),
  )
}

interface Content {
  kind: string
  headers: Record<string, string>
  body: string | Buffer | undefined
}

const deep = (open: string, close: string, levels: number) => `${open.repeat(levels)}1${close.repeat(levels)}`

const brokenBodies: (string | Buffer)[] = [
  '',
  ' ',
  '{',
  '}',
  '[',
  'nope',
  'NaN',
  "{'a':1}",
  '{"a":}',
  '{"a":1,}',
  '{}{}',
  '\ufeff{}',
  'null',
  'true',
  '7',
  '-0',
  '1e400',
  '""',
  '"text"',
  '[]',
  '[{}]',
  '"\\u0000"',
  Buffer.from([0xff, 0xfe, 0x7b, 0]),
  Buffer.from([0x22, 0xed, 0xa0, 0x80, 0x22]),
  Buffer.from([0x1f, 0x8b, 8, 0]),
  Buffer.alloc(100),
  deep('[', ']', 25),
  deep('[', ']', 30_000),
  deep('{"a":', '}', 25),
  deep('{"a":', '}', 20_000),
  '['.repeat(50_000),
  '{"__proto__":{"role":"operator"}}',
  '{"constructor":{"prototype":{}}}',
  `{"a":"${'x'.repeat(300_000)}"}`,
  `{${Array.from({ length: 5_000 }, (_, n) => `"k${n}":${n}`).join(',')}}`,
]
const wrongTypes = [
  'text/plain',
  'application/x-www-form-urlencoded',
  'multipart/form-data; boundary=x',
  'application/json; charset=latin1',
  'application/jsonp',
  'application/xml',
  '*/*',
  ';',
  'application/json, text/plain',
]

const strangers = ['role', 'id', 'isAdmin', 'unknown', 'toString', ''] // names that no body has, or not this one

function contentOf({ body, method }: Endpoint, known: Known): fc.Arbitrary<Content> {
  const none: Content = { kind: 'valid', headers: {}, body: undefined }
  const mayHaveOne = method === 'POST' || method === 'DELETE'
  if (!body) return mayHaveOne ? fc.oneof(times(8)(fc.constant(none)), times(1)(brokenContent)) : fc.constant(none)
  const good = rightFor(body, '', known)
  const weight = 'password' in (body.properties ?? {}) ? 1 : 8 // a password that may be right costs 20 MB and 30 ms
  const made =
    (kind: string) =>
    (value: unknown): Content => ({ kind, headers: json, body: textOf(value) })
  return fc.oneof(
    times(weight)(good.map(made('valid'))),
    times(8)(
      fc
        .tuple(good, wrongField(body))
        .map(([value, { fieldPath, wrong }]) => put(value, fieldPath, wrong))
        .map(made('field')),
    ),
    times(2)(
      fc
        .tuple(good, missingField(body))
        .map(([value, fieldPath]) => put(value, fieldPath, undefined))
        .map(made('missing')),
    ),
    times(1)(
      fc
        .tuple(
          good,
          fc.constantFrom(...strangers),
          fc.constantFrom('"operator"', '{}').map(text => new Raw(text)),
        )
        .map(([value, name, more]) => put(value, [name], more))
        .map(made('unknown field')),
    ),
    times(1)(
      good.map(value => ({ kind: 'twice', headers: json, body: textOf(value).replace(/^\{("\w+"):/, '{$1:null,$1:') })),
    ),
    times(2)(brokenContent),
    times(1)(
      fc
        .tuple(good, fc.constantFrom(...wrongTypes))
        .map(([value, type]) => ({ kind: 'type', headers: { 'content-type': type }, body: textOf(value) })),
    ),
    times(1)(
      fc.tuple(good, fc.constantFrom('gzip', 'br', 'identity', 'x')).map(([value, coding]) => ({
        kind: 'encoding',
        headers: { ...json, 'content-encoding': coding },
        body: textOf(value),
      })),
    ),
    times(1)(fc.constant({ ...none, kind: 'no body' })),
  )
}

const brokenContent: fc.Arbitrary<Content> = fc
  .oneof(
    times(3)(fc.constantFrom(...brokenBodies)),
    times(1)(fc.json()),
    times(1)(fc.uint8Array({ maxLength: 60 }).map(bytes => Buffer.from(bytes))),
  )
  .map(body => ({ kind: 'body', headers: json, body }))

function wrongField(body: Schema): fc.Arbitrary<{ fieldPath: (string | number)[]; wrong: unknown }> {
  const fieldPaths = fieldPathsIn(body)
  if (fieldPaths.length === 0) return fc.constant({ fieldPath: ['x'], wrong: 1 })
  return fc
    .constantFrom(...fieldPaths)
    .chain(({ fieldPath, schema }) => wrongFor(schema).map(wrong => ({ fieldPath, wrong })))
}

const missingField = (body: Schema) =>
  fc.constantFrom(
    ...fieldPathsIn(body)
      .map(({ fieldPath }) => fieldPath)
      .filter(fieldPath => typeof fieldPath.at(-1) === 'string'),
    ['nothing'],
  )

interface More {
  kind: string
  headers: Record<string, string | string[]>
}

const oddHeaders: Record<string, (string | string[])[]> = {
  'x-request-id': ['', 'a b', 'x'.repeat(200), '<script>', 'ü', '../..', '${jndi:ldap://x}'],
  traceparent: [
    '',
    '00-0',
    '00-00000000000000000000000000000000-0000000000000000-00',
    'ff-11111111111111111111111111111111-1111111111111111-01',
    'x'.repeat(4_000),
    '01-11111111111111111111111111111111-1111111111111111-01-more',
  ],
  'last-event-id': ['', '-1', '1e9', '999999999999999', '9999999999999999999', "1' OR 1=1", 'x'.repeat(500)],
  'x-forwarded-for': ['1.2.3.4', '1.2.3.4, 5.6.7.8', "'; DROP TABLE sessions; --", 'x'.repeat(300)],
  'x-http-method-override': ['DELETE'],
  'user-agent': ['', 'x'.repeat(5_000), 'ü\u0085', "' OR 1=1 --"],
  accept: ['text/html', 'application/xml', ';;;'],
  host: ['', 'evil.example', 'localhost:1', '[::1', 'a b', '127.0.0.1.evil'],
  origin: ['https://evil.example', 'null'],
  'if-none-match': ['*'],
  range: ['bytes=0-1'],
  'x-large': ['x'.repeat(20_000)],
}
const oddKeys = ['', ' ', 'x'.repeat(255), 'x'.repeat(256), 'ü', 'a\tb', "' OR 1=1 --", '__proto__', ['a', 'b']]
const badCookies = [
  'access_token=',
  'access_token=j:{"a":1}',
  'access_token=j:[1]',
  'access_token=s:a.b',
  'access_token=%',
  'access_token=%00',
  'access_token=a.b.c',
  '=',
  ';;;',
  'access_token',
  '__proto__=1; access_token=x',
  `access_token=${'x'.repeat(6_000)}`,
  'refresh_token=j:{"a":1}',
  "refresh_token=' OR 1=1 --",
  `refresh_token=${'x'.repeat(6_000)}`,
]
const badAuthorizations = [
  '',
  'Bearer',
  'Bearer ',
  'bearer x',
  'Basic YTpi',
  'Bearer a.b.c',
  'Bearer a b',
  'Bearer ..',
  `Bearer ${'x'.repeat(6_000)}`,
  'Bearer null',
  'Bearer eyJhbGciOiJub25lIn0.e30.',
  'Bearer \u00fc',
]

function headersOf({ method, template }: Endpoint): fc.Arbitrary<More> {
  const pairOf = (name: string, values: (string | string[])[], kind: string) =>
    fc.constantFrom(...values).map(value => ({ kind, headers: { [name]: value } }))
  const keys =
    method === 'POST'
      ? [
          times(3)(fc.uuid().map(key => ({ kind: 'valid', headers: { 'idempotency-key': key } }))),
          times(1)(
            fc
              .constantFrom('one', 'two', 'three')
              .map(key => ({ kind: 'key again', headers: { 'idempotency-key': key } })),
          ),
          times(1)(pairOf('idempotency-key', oddKeys, 'key')),
        ]
      : []
  const credentials =
    template === '/logout' || template === '/refresh'
      ? []
      : [
          times(1)(pairOf('cookie', badCookies, 'credentials')),
          times(1)(pairOf('authorization', badAuthorizations, 'credentials')),
        ]
  return fc.oneof(
    times(14)(fc.constant({ kind: 'valid', headers: {} })),
    ...keys,
    ...credentials,
    times(2)(fc.constantFrom(...Object.entries(oddHeaders)).chain(([name, values]) => pairOf(name, values, 'header'))),
  )
}
