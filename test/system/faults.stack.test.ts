import { randomUUID } from 'node:crypto'
import test from 'ava'
import { topics as contract } from '@docket/contract/generated/contract.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import { slow } from '@docket/test/support/slow.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'
import { fingerprint, recordsOf, survivesKill } from '@docket/test/support/scenarios/faults.ts'

// Faults that must not affect orders; faults.long.test.ts has the other services, and a thousand orders.

let stack: Stack
test.before(async () => {
  stack = await startStack()
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.reconcile(), [])
})

const kafka = () => kafkaClient({ brokers: stack.sources.kafkaBrokers, clientId: 'faults' })
const topics = contract.map(({ topic }) => topic)

test.serial('orders survive order-service being killed in mid-flow', async t => {
  slow(t, 11, 'a consumer that was killed is a member of its group until its session of 10 s is over')
  await survivesKill(t, stack, 'order-service')
})

test.serial('every record of every topic delivered twice changes nothing', async t => {
  const mug = await stack.item('mug', 100)
  const customer = await stack.customer()
  const orders = await Promise.all(
    Array.from({ length: 10 }, (_, n) => stack.order(customer, { [mug]: 1 }, n % 3 === 0 ? 'tok_declined' : 'tok_ok')),
  )
  await Promise.all(orders.map(order => stack.end(order)))
  await stack.reconcile()
  const before = await fingerprint(stack)
  const records = await recordsOf(stack, topics)
  await produceOnce(
    kafka(),
    records.map(({ topic, key, value, headers }) => ({
      topic,
      key: String(key),
      value,
      headers: headers as Record<string, Buffer>,
    })),
  )
  t.deepEqual(await stack.reconcile(), [])
  t.is(await fingerprint(stack), before)
})

test.serial(
  'a broken record on any topic becomes a dead letter, an event of an unknown type is ignored and counted, and both stop nothing',
  async t => {
    const deadLetterTopics = topics.map(topic => `${topic}.dlq`)
    const letters = async () => (await recordsOf(stack, deadLetterTopics)).length
    const before = await letters()
    const headers = {
      ce_id: randomUUID(),
      ce_type: 'order.exploded',
      ce_time: '2026-01-01T00:00:00Z',
      ce_sequence: '1',
    }
    await produceOnce(
      kafka(),
      topics.flatMap(topic => [
        { topic, key: 'poison', value: 'not json', headers: {} },
        { topic, key: 'poison', value: '{}', headers },
      ]),
    )
    const mug = await stack.item('mug', 1)
    t.is((await stack.end(await stack.order(await stack.customer(), { [mug]: 1 }))).status, 'completed')
    await until('a dead letter for each broken one', async () => (await letters()) >= before + topics.length)
    const metrics = await (await fetch(`${stack.ops.inventory}/metrics`)).text()
    t.regex(metrics, /docket_unknown_events_total\{topic="order-events",type="order\.exploded",.*\} [1-9]/)
    t.is(await letters(), before + topics.length)
  },
)

test.serial('an event about an order that does not exist becomes a dead letter, and its neighbours go on', async t => {
  const [example] = (await recordsOf(stack, ['payment-events'])).filter(
    record => String(record.headers.ce_type) === 'payment.succeeded',
  )
  const stranger = 'ff000000-0000-7000-8000-000000000bad' // later than any purge mark
  const before = (await recordsOf(stack, ['payment-events.dlq'])).length
  const value = JSON.stringify({ ...JSON.parse(String(example?.value)), orderId: stranger })
  await produceOnce(kafka(), [
    {
      topic: 'payment-events',
      key: stranger,
      value,
      headers: { ...(example?.headers as Record<string, Buffer>), ce_id: randomUUID(), ce_type: 'payment.refunded' },
    },
  ])
  const mug = await stack.item('mug', 1)
  t.is((await stack.end(await stack.order(await stack.customer(), { [mug]: 1 }))).status, 'completed')
  const letters = await until('the dead letter', async () => {
    const found = await recordsOf(stack, ['payment-events.dlq'])
    return found.length === before + 1 && found
  })
  t.regex(String(letters.at(-1)?.headers.dlq_error), /does not exist/)
})

test.serial('a charge for an order that never was is given back', async t => {
  const [example] = (await recordsOf(stack, ['inventory-events'])).filter(
    record => String(record.headers.ce_type) === 'stock.reserved',
  )
  const forged = 'ff000000-0000-7000-8000-000000000f0e'
  const value = JSON.stringify({ ...JSON.parse(String(example?.value)), orderId: forged })
  const headers = { ...(example?.headers as Record<string, Buffer>), ce_id: randomUUID() }
  await produceOnce(kafka(), [{ topic: 'inventory-events', key: forged, value, headers }])
  const order = await until('the order is cancelled, and its money refunded', async () => {
    const { body } = await stack.operator.get('order', `/orders/${forged}`)
    const steps = (body.timeline as { event: string }[] | undefined)?.map(({ event }) => event)
    return steps?.includes('payment.refunded') && body
  })
  t.like(order, { status: 'cancelled', reason: 'unknown_order' })
  t.is((await stack.operator.get('payment', `/payments/${forged}`)).body.status, 'refunded')
  t.deepEqual(await stack.reconcile(), [])
})
