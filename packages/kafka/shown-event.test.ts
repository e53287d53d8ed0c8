import test from 'ava'
import fc from 'fast-check'
import { eventFilter, type EventFilter } from '@docket/contract/event-filter.ts'
import { masked } from '@docket/contract/mask.ts'
import { notJson } from './record-codec.ts'
import { shownEvent } from './shown-event.ts'

const orderId = '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23'

const created = (secret: string) => ({
  orderId,
  customerId: '01981b2c-0000-7a10-8c4f-2b6d9e0f1a01',
  lines: [{ sku: 'mug', quantity: 2, unitPrice: 450 }],
  total: 900,
  currency: 'EUR',
  paymentToken: secret,
  shippingAddress: { name: secret, line1: secret, postalCode: '20457', city: secret, country: 'DE' },
  expiresAt: '2026-01-31T12:15:00.000Z',
})

interface Written {
  topic?: string
  type?: string
  key?: string | null
  value: string
  headers?: Record<string, string>
  timestamp?: string
}

const recordOf = ({
  topic = 'order-events',
  type = 'order.created',
  key = orderId,
  value,
  headers = {},
  timestamp = '1769860800000',
}: Written) => ({
  topic,
  partition: 3,
  offset: '17',
  timestamp,
  key: key === null ? null : Buffer.from(key),
  value: Buffer.from(value),
  headers: { ce_type: Buffer.from(type), ...headers },
})

const shown = (written: Written) => shownEvent(recordOf(written))

test('an event is shown with what names it, and without what is sensitive', t =>
  t.deepEqual(shown({ value: JSON.stringify(created('tok_1')), headers: { ce_id: orderId, 'x-token': 'tok_1' } }), {
    topic: 'order-events',
    partition: 3,
    offset: 17,
    time: '2026-01-31T12:00:00.000Z',
    key: orderId,
    type: 'order.created',
    headers: { ce_type: 'order.created', ce_id: orderId },
    data: { ...created(''), paymentToken: masked, shippingAddress: masked },
  }))

test('what anyone may have written is shown in no part that has not the form that it should', t => {
  const secret = 'tok_1'
  const text = JSON.stringify(
    shown({
      type: secret,
      key: secret,
      value: secret,
      headers: { ce_id: secret, ce_subject: secret, ce_source: secret, dlq_error: `near ${secret}`, [secret]: secret },
    }),
  )
  t.false(text.includes(secret), text)
})

test('the item of an event of inventory-service is shown as its key', t => {
  const value = JSON.stringify({ sku: 'mug', delta: 1, reason: 'found', available: 6 })
  t.is(shown({ type: 'stock.adjusted', key: 'mug', value }).key, 'mug')
  t.is(shown({ type: 'stock.adjusted', key: 'tok_1', value }).key, masked)
})

test('the error of a dead letter names no value that is masked', t => {
  const headers = { dlq_reason: 'failed', dlq_error: 'Key (token)=(tok_1) of mug exists' }
  t.is(
    shown({ topic: 'order-events.dlq', value: JSON.stringify(created('tok_1')), headers }).headers.dlq_error,
    `Key (token)=(${masked}) of mug exists`,
  )
})

test('the error of a dead letter names no key and no header that is masked', t => {
  const headers = { ce_id: 'Quay 1', dlq_error: 'invalid input syntax for type uuid: "tok_1", event Quay 1' }
  t.is(
    shown({ topic: 'order-events.dlq', key: 'tok_1', value: JSON.stringify(created('tok_2')), headers }).headers
      .dlq_error,
    `invalid input syntax for type uuid: "${masked}", event ${masked}`,
  )
})

test('nothing is shown of an error about a dead letter that is no JSON, or empty: it may quote any part of it', t => {
  const errorOf = (value: Buffer | null, dlq_error: string) =>
    shownEvent({ ...recordOf({ topic: 'order-events.dlq', value: '', headers: { dlq_error } }), value }).headers
      .dlq_error
  t.is(errorOf(Buffer.from('{"token":tok_1'), `Unexpected token, ..."oken":tok_1" is not JSON`), masked)
  t.is(errorOf(null, 'Key (token)=(tok_1) exists'), masked)
  t.is(errorOf(Buffer.from('{"token":tok_1'), notJson), notJson)
})

test('what a record that is no dead letter says about its death is left out', t => {
  const headers = { dlq_reason: 'failed', dlq_error: 'Quay 1 is where Anna lives' }
  t.deepEqual(shown({ value: JSON.stringify(created('tok_1')), headers }).headers, { ce_type: 'order.created' })
})

const oddTimes = [
  ['in nanoseconds is in the last year that can be written', '1730176462000000000', '9999-12-31T23:59:59.999Z'],
  ['before the first year is in that', '-1730176462000000000', '0000-01-01T00:00:00.000Z'],
  ['that is missing is that of the first second', '-1', '1969-12-31T23:59:59.999Z'],
] as const
for (const [what, timestamp, time] of oddTimes)
  test(`the time of a record ${what}`, t => t.is(shown({ value: '{}', timestamp }).time, time))

const secrets = fc
  .tuple(fc.string({ minLength: 3, maxLength: 40 }), fc.string({ minLength: 3, maxLength: 40 }))
  .filter(pair =>
    pair.every(secret => !/^[0-9a-f-]{36}$/i.test(secret) && /[^\s\w]|tok/.test(secret) && secret.trim() !== ''),
  )
const broken = fc.constantFrom<(secret: string) => Written>(
  secret => ({ value: JSON.stringify(created(secret)) }),
  secret => ({ value: JSON.stringify({ ...created(secret), total: secret }) }),
  secret => ({ value: JSON.stringify({ ...created(secret), giftFor: secret }) }),
  secret => ({ value: JSON.stringify({ ...created('tok'), [`x${secret}`]: [secret, { [`y${secret}`]: 1 }] }) }),
  secret => ({ value: JSON.stringify(created(secret)), type: 'order.invented' }),
  secret => ({ value: JSON.stringify(secret) }),
  secret => ({ value: `{"orderId": ${secret}!` }), // however it ends, this is not JSON
  secret => ({ value: JSON.stringify(created('tok')), headers: { [`x-${secret}`]: secret, ce_source: `/${secret}!` } }),
  secret => ({
    topic: 'order-events.dlq',
    value: JSON.stringify(created(secret)),
    headers: { dlq_error: `failed at ${JSON.stringify(secret)}` },
  }),
  secret => ({ value: JSON.stringify({ orderId, username: secret }), type: 'user.signed_up', key: `${secret}!` }),
)

const words = fc.oneof(fc.constantFrom('created', 'tok', 'Hamburg', 'mug', '(masked)', '.', '^', '[a-z]+'), fc.string())
const filters = fc.record(
  {
    order: words,
    type: fc.array(words, { maxLength: 2 }),
    customer: words,
    sku: fc.array(words, { maxLength: 2 }),
    include: fc.array(words, { minLength: 1, maxLength: 2 }),
    exclude: fc.array(words, { maxLength: 2 }),
  },
  { requiredKeys: [] },
)

function readable(texts: readonly string[] | undefined): RegExp[] | undefined {
  return texts?.flatMap(text => {
    try {
      return [new RegExp(text, 'iu')]
    } catch {
      return []
    }
  })
}

test('nothing shown depends on a masked value, so no filter tells it', t => {
  fc.assert(
    fc.property(broken, secrets, filters, (write, [one, other], { include, exclude, ...filter }) => {
      const [first, second] = [shown(write(one)), shown(write(other))]
      const chosen: EventFilter = { ...filter, include: readable(include), exclude: readable(exclude) }
      const isWanted = eventFilter(chosen, { has: () => false, add: () => undefined })
      t.deepEqual(first, second)
      return isWanted(first) === isWanted(second)
    }),
    { numRuns: 10_000 },
  )
})
