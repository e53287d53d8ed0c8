import { randomUUID } from 'node:crypto'
import type { DocketEvent } from '@docket/contract/event.ts'
import { groupLags } from '@docket/kafka/admin.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import { toRecord, type OutgoingRecord } from '@docket/kafka/record-codec.ts'
import { topicOf } from '@docket/contract/generated/contract.ts'
import { call, logIn, signUp, type Client } from '@docket/test/support/client.ts'
import { anEvent, idOf, operatorActed, orderCreated, stockReserved } from '@docket/test/support/events.ts'
import type { Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'
import type { Canaries } from './canaries.ts'

const settleMs = 300_000

const addressWith = ({ text, token }: Canaries) => ({
  name: text('name'),
  line1: text('line1'),
  line2: text('line2'),
  postalCode: token(''), // short enough
  city: text('city'),
  country: 'DE',
})

/** Names, addresses and card tokens where people leave them, and where only a hostile or broken producer would. */
export async function plant(stack: Stack, canaries: Canaries): Promise<void> {
  await peopleAndOrders(stack, canaries)
  const kafka = kafkaClient({ brokers: stack.sources.kafkaBrokers, clientId: 'fuzz-masked' })
  await produceOnce(kafka, recordsWith(canaries))
  await until(
    'the services have consumed what was planted',
    async () => (await groupLags(kafka)).every(({ lag }) => lag === 0),
    settleMs,
  )
}

async function peopleAndOrders(stack: Stack, canaries: Canaries): Promise<void> {
  const { services, operator } = stack
  const customer = await signUp(services, canaries.token('username').toLowerCase())
  const { username, password } = customer
  await call(`${services.user}/login`, 'POST', { username, password: canaries.token('password') })
  const twin = { username: canaries.token('twin'), password }
  await Promise.all(Array.from({ length: 4 }, () => call(`${services.user}/signup`, 'POST', twin))) // one wins
  const mug = await stack.item('mug', 1_000)
  const placed = async (paymentToken: string, quantity = 2) => {
    const body = { lines: [{ sku: mug, quantity }], paymentToken, shippingAddress: addressWith(canaries) }
    const { body: order } = await customer.post('order', '/orders', body, { 'idempotency-key': randomUUID() })
    return String(order.id)
  }
  const ids: string[] = []
  for (const token of ['tok_ok', canaries.token('declined'), 'tok_refund_declined', 'tok_ok'])
    ids.push(await placed(token))
  ids.push(await placed(canaries.token('rejected'), 1_000_000))
  await until(
    'the planted orders have ended',
    async () => {
      const all = await Promise.all(ids.map(id => operator.get('order', `/orders/${id}`)))
      return all.every(({ body }) => ['completed', 'rejected', 'cancelled'].includes(String(body.status)))
    },
    settleMs,
  )
  const [first = ''] = ids
  await operator.post('payment', `/orders/${first}/refunds`, { amount: 1, reason: 'late' }, withKey())
  await operator.post('shipping', '/returns', { orderId: first, lines: [{ sku: mug, quantity: 1 }] }, withKey())
  await refusedRequests(customer, canaries, mug)
}

const withKey = () => ({ 'idempotency-key': randomUUID() })

/** What is refused is quoted more readily than what is not. */
async function refusedRequests(customer: Client, canaries: Canaries, sku: string): Promise<void> {
  const lines = [{ sku, quantity: 1 }]
  const address = addressWith(canaries)
  for (const body of [
    { lines, paymentToken: canaries.text('token') },
    { lines, paymentToken: { [canaries.text('key')]: canaries.text('value') } },
    { lines, shippingAddress: canaries.text('address') },
    { lines, shippingAddress: { ...address, country: canaries.text('country') } },
    { lines, shippingAddress: { ...address, [canaries.text('field')]: 1 } },
    { lines, shippingAddress: { ...address, city: `${canaries.text('nul')}\u0000` } },
    { lines: canaries.text('lines'), shippingAddress: address },
  ])
    await customer.post('order', '/orders', body, withKey())
}

/** As a producer may write them that is not ours, or of another release. */
function recordsWith(canaries: Canaries): OutgoingRecord[] {
  const records: OutgoingRecord[] = []
  for (const event of eventsWith(canaries)) {
    const whole = recordOf(event)
    const headers = whole.headers
    records.push(whole, recordOf({ ...event, key: canaries.text('key') }))
    for (const [name, write] of Object.entries(encodings))
      records.push(
        recordOf(withData(event, { [name]: write(canaries.text(name)), [write(canaries.text(`the ${name}`))]: 1 })),
      )
    for (const field of Object.keys(event.data))
      for (const value of [
        canaries.text(field),
        [canaries.text(field)],
        { [canaries.text(field)]: canaries.token(field) },
      ])
        if (!isFreeText(field)) records.push(recordOf(withData(event, { [field]: value })))
    for (const value of [
      canaries.text('record'),
      `{"orderId": "${canaries.token('json')}`,
      JSON.stringify(canaries.text('string')),
    ])
      records.push({ ...whole, value }, { ...whole, value: Buffer.from(value, 'utf16le') })
    for (const name of Object.keys(headers))
      records.push({ ...whole, headers: { ...headers, [name]: canaries.text(name) } })
    records.push(
      { ...whole, headers: { ...headers, [canaries.token('header')]: canaries.text('header') } },
      {
        ...whole,
        headers: { ...headers, dlq_error: canaries.text('dlq_error'), dlq_topic: canaries.text('dlq_topic') },
      },
      { ...whole, headers: { ...headers, ce_type: 'order.invented' } },
      {
        ...whole,
        topic: `${whole.topic}.dlq`,
        headers: {
          ...headers,
          dlq_reason: canaries.text('reason'),
          // as databases say it
          dlq_error: `Failing row contains (${Object.values(event.data)
            .map(value => JSON.stringify(value))
            .join(', ')}).`,
        },
      },
    )
  }
  return records
}

/** Events of every sensitive field, and some whose data are valid by the contract and refused by a database. */
function eventsWith(canaries: Canaries): DocketEvent[] {
  const paymentToken = canaries.token('token')
  const shippingAddress = addressWith(canaries)
  const order = { customerId: idOf('a customer'), paymentToken, shippingAddress }
  return [
    orderCreated('planted', { mug: 2 }, order),
    orderCreated(
      'planted, with NUL',
      { mug: 1 },
      { ...order, shippingAddress: { ...shippingAddress, city: `${canaries.text('nul')}\u0000` } },
    ),
    orderCreated('planted, too much', { mug: 2_000_000_000 }, order),
    stockReserved('planted', 200, paymentToken),
    stockReserved('planted, too much', Number.MAX_SAFE_INTEGER, paymentToken),
    anEvent(
      'order.accepted',
      idOf('planted'),
      {
        orderId: idOf('planted'),
        customerId: idOf('a customer'),
        lines: [{ sku: 'mug', quantity: 2 }],
        shippingAddress,
      },
      2,
    ),
    anEvent('user.signed_up', idOf('planted'), {
      userId: idOf('planted'),
      username: canaries.text('username').slice(0, 64),
      role: 'customer',
    }),
    operatorActed('stock.adjusted', { from: canaries.token('from') }),
  ]
}

const encodings: Record<string, (text: string) => string> = {
  plain: text => text,
  base64: text => Buffer.from(text).toString('base64'),
  url: encodeURIComponent,
  escaped: JSON.stringify,
  upper: text => text.toUpperCase(),
  lower: text => text.toLowerCase(),
}

/** Fields of any text, which the contract shows: what is written there is meant to be seen. */
const isFreeText = (field: string) => ['detail', 'reason'].includes(field)

const withData = (event: DocketEvent, more: object): DocketEvent =>
  ({ ...event, id: randomUUID(), data: { ...event.data, ...more } }) as DocketEvent

const recordOf = (event: DocketEvent): OutgoingRecord =>
  toRecord(topicOf[event.type], { ...event, payload: JSON.stringify(event.data) })

/** Somebody who may look at everything, and change nothing. */
export async function anObserver({ services, operator }: Stack): Promise<Client> {
  const { id, username, password } = await signUp(services, 'observer')
  const { status, body } = await operator.patch('user', `/users/${id}`, { role: 'observer' })
  if (status !== 200) throw new Error(`${username} did not become an observer: ${status} ${JSON.stringify(body)}`)
  return logIn(services, username, password)
}
