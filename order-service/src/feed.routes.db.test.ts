import { randomUUID } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { authenticator } from '@docket/chassis/http/auth.ts'
import { eventFeed } from '@docket/chassis/feed/feed.ts'
import { logger } from '@docket/chassis/log.ts'
import type { DataOf, DocketEvent } from '@docket/contract/event.ts'
import type { ShownEvent } from '@docket/contract/shown-event.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import { toRecord } from '@docket/kafka/record-codec.ts'
import { aDatabase } from '@docket/test/support/database.ts'
import { call } from '@docket/test/support/client.ts'
import { idOf, itemCreated, orderCancelled, orderCreated, stockReserved } from '@docket/test/support/events.ts'
import { keys, observerToken, operatorToken, token } from '@docket/test/support/http-server.ts'
import { pendingOrder } from '@docket/test/support/pending-order.ts'
import { aServer } from '@docket/test/support/service-endpoints.ts'
import { ownTopics } from '@docket/test/support/topics.ts'
import { feedRoutes } from './feed.routes.ts'
import { insertOrders } from './order.store.ts'

const [anna, ben] = [token({ sub: idOf('anna') }), token({ sub: idOf('ben') })]
const shippingAddress = { name: 'Anna Moor', line1: 'Quay 1', postalCode: '20457', city: 'Hamburg', country: 'DE' }
const settings = { brokers: [addresses().kafka], clientId: 'feed-routes-test' }

async function anOrderService(t: ExecutionContext) {
  const topic = `feed-${randomUUID()}`
  const dead = `${topic}.dlq`
  const kafka = kafkaClient(settings)
  await ownTopics(t, kafka, { topic }, { topic: dead })
  const db = await aDatabase(t, 'order-service')
  const feed = eventFeed(settings, logger('test', 'fatal'), { topics: [topic, dead] })
  const url = await aServer(
    t,
    feedRoutes(feed),
    db,
    authenticator(async () => keys.publicKey),
  )
  const send = (to: string, events: readonly DocketEvent[]) =>
    produceOnce(
      kafka,
      events.map(event => toRecord(to, { ...event, payload: JSON.stringify(event.data) })),
    )
  return {
    dead,
    happens: (...events: DocketEvent[]) => send(topic, events),
    /** Anna's order A of a mug, and Ben's order B of a plate, each with its events. */
    async givenOrders(): Promise<void> {
      const orders = [
        { ...pendingOrder('A'), customerId: idOf('anna') },
        {
          ...pendingOrder('B'),
          customerId: idOf('ben'),
          lines: [{ sku: 'plate', name: 'P', quantity: 1, unitPrice: 1 }],
        },
      ]
      await db.transaction(async tx => insertOrders(tx, orders, 60_000))
      await send(topic, [
        orderCreated('A', { mug: 1 }, { customerId: idOf('anna'), paymentToken: 'tok_anna', shippingAddress }),
        orderCreated('B', { plate: 1 }, { customerId: idOf('ben'), paymentToken: 'tok_ben' }),
        stockReserved('A', 100, 'tok_anna'),
        orderCancelled('B'),
      ])
      await send(dead, [orderCancelled('A')])
    },
    breaksOutbox: () => db.transaction(async tx => tx.change('ALTER TABLE outbox RENAME TO outbox_away')),
    async acts(): Promise<string[]> {
      const { rows } = await db.read.query<{ data: DataOf['operator.acted'] }>('SELECT payload AS data FROM outbox')
      return rows.map(({ data: { act, on } }) => `${act} ${on.kind} ${on.id}`)
    },
    async reads(who: string, query = '', headers: Record<string, string> = {}) {
      const path = `/events?from=beginning&follow=false&${query}`
      const { status, body } = await call(url + path, 'GET', undefined, { authorization: `Bearer ${who}`, ...headers })
      const text = String(body.text)
      const events = [...text.matchAll(/^data: (\{"topic".*)$/gm)].map(
        ([, json = '']) => JSON.parse(json) as ShownEvent,
      )
      return {
        status,
        body,
        text,
        types: events.map(({ type, key }) => `${type} ${key === idOf('A') ? 'A' : 'B'}`),
        events,
      }
    },
  }
}

const everything = ['order.created A', 'order.created B', 'stock.reserved A', 'order.cancelled B']

test('operators and observers see every event, and customers those of their orders', async t => {
  const orders = await anOrderService(t)
  await orders.givenOrders()
  for (const who of [observerToken(), operatorToken()]) t.deepEqual((await orders.reads(who)).types, everything)
  t.deepEqual((await orders.reads(anna)).types, ['order.created A', 'stock.reserved A'])
  t.deepEqual((await orders.reads(ben)).types, ['order.created B', 'order.cancelled B'])
  t.deepEqual((await orders.reads(ben, `customer=${idOf('anna')}`)).types, [])
})

test('customers see no event that is about no order, or about one that is not known', async t => {
  const orders = await anOrderService(t)
  await orders.happens(
    itemCreated('mug'),
    orderCreated('of a database before', { mug: 1 }, { customerId: idOf('anna') }),
  )
  t.is((await orders.reads(observerToken())).types.length, 2)
  t.deepEqual((await orders.reads(anna)).types, [])
})

test('dead letters are shown to those who ask for them, and not to customers', async t => {
  const orders = await anOrderService(t)
  await orders.givenOrders()
  const query = `topic=${orders.dead}`
  t.deepEqual((await orders.reads(observerToken(), query)).types, ['order.cancelled A'])
  t.deepEqual((await orders.reads(anna, query)).types, [])
})

test('nobody sees a card token, and only operators who ask see personal data', async t => {
  const orders = await anOrderService(t)
  await orders.givenOrders()
  for (const who of [observerToken(), operatorToken(), anna]) {
    const { text } = await orders.reads(who)
    t.notRegex(text, /tok_anna|Moor|20457/)
  }
  const { text, events } = await orders.reads(operatorToken(), 'personal=true')
  t.notRegex(text, /tok_anna/)
  t.like(events[0]?.data, { shippingAddress, paymentToken: '(masked)' })
  t.deepEqual(await orders.acts(), ['personal_data.shown event *'])
  for (const who of [observerToken(), anna])
    t.like(await orders.reads(who, 'personal=true'), { status: 403, body: { code: 'operators_only' } })
})

test('later events of an order are found by its customer and its items', async t => {
  const orders = await anOrderService(t)
  await orders.givenOrders()
  const found = async (query: string) => (await orders.reads(observerToken(), query)).types
  t.deepEqual(await found(`customer=${idOf('ben').toUpperCase()}`), ['order.created B', 'order.cancelled B'])
  t.deepEqual(await found('sku=mug'), ['order.created A', 'stock.reserved A'])
  t.deepEqual(await found('sku=mug&sku=plate'), everything)
  t.deepEqual(await found(`order=${idOf('A')}&type=stock.reserved`), ['stock.reserved A'])
})

test('expressions match what may be seen, and none takes longer than its text', async t => {
  const orders = await anOrderService(t)
  await orders.givenOrders()
  const found = async (query: string, who = observerToken()) => (await orders.reads(who, query)).types
  t.deepEqual(await found('include=RESERVED|plate'), ['order.created B', 'stock.reserved A'])
  t.deepEqual(await found('include=created&exclude=plate'), ['order.created A'])
  t.deepEqual(await found('include=tok_|moor|quay'), [])
  t.deepEqual(await found('include=moor', operatorToken()), [])
  t.deepEqual(await found('include=moor&personal=true', operatorToken()), ['order.created A'])
  t.deepEqual(await found(`include=${encodeURIComponent('(([^x]+)+)+\\u0000')}`), [])
  t.like(await orders.reads(observerToken(), `include=${encodeURIComponent('(?=a)')}`), {
    status: 422,
    body: { code: 'wrong_expression' },
  })
})

test('an id is continued with, and what is none is refused', async t => {
  const orders = await anOrderService(t)
  await orders.givenOrders()
  const { text } = await orders.reads(anna)
  const ids = [...text.matchAll(/^id: (.*)\nevent: event$/gm)].map(([, id = '']) => id)
  t.deepEqual((await orders.reads(anna, '', { 'last-event-id': ids[0] ?? '' })).types, ['stock.reserved A'])
  t.like(await orders.reads(anna, '', { 'last-event-id': 'x' }), { status: 422, body: { code: 'wrong_position' } })
})

test('what is shown of whom is recorded first, and nothing is shown when that fails', async t => {
  const orders = await anOrderService(t)
  await orders.givenOrders()
  t.deepEqual(await orders.acts(), [])
  await orders.reads(operatorToken(), `personal=true&order=${idOf('A')}`)
  t.deepEqual(await orders.acts(), [`personal_data.shown order ${idOf('A')}`])
  await orders.breaksOutbox()
  const { status, text } = await orders.reads(operatorToken(), 'personal=true')
  t.is(status, 500)
  t.notRegex(text, /Moor/)
})
