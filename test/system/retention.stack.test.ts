import { randomUUID } from 'node:crypto'
import test from 'ava'
import { kafkaClient } from '@docket/kafka/client.ts'
import { slow } from '@docket/test/support/slow.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

let stack: Stack
test.before(async () => {
  stack = await startStack({ 'order-service': { STUCK_AFTER: '1s' } })
  await stack.mgmt(['login', 'operator', '--password-stdin'], { stdin: stack.operator.password })
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.reconcile(), [])
})

const kafka = () => kafkaClient({ brokers: stack.sources.kafkaBrokers, clientId: 'retention-test' })

/** As retention does after 30 days. */
async function trim(topic: string): Promise<void> {
  const admin = kafka().admin()
  await admin.connect()
  try {
    const partitions = (await admin.fetchTopicOffsets(topic)).map(({ partition }) => ({ partition, offset: '-1' }))
    await admin.deleteTopicRecords({ topic, partitions })
  } finally {
    await admin.disconnect()
  }
}

interface StuckOrder {
  id: string
  cause?: { kind: string; next: string }
}

const jsonOf = async <T>(args: string[]): Promise<T> =>
  JSON.parse((await stack.mgmt([...args, '-o', 'json'])).stdout) as T

test.serial(
  'an order whose event was deleted while its consumer was stopped is named, and completes when its events are published again',
  async t => {
    t.timeout(180_000)
    slow(
      t,
      15,
      'a service is stopped and started, and its order first waits; then come commands of mgmt, a process each',
    )
    const mug = await stack.item('mug', 10)
    const before = await stack.order(await stack.customer(), { [mug]: 1 })
    t.is((await stack.end(before)).status, 'completed')
    t.deepEqual(await stack.reconcile(), [])

    await stack.kill('shipping-service', 'SIGTERM') // it leaves its group, so no session has to time out
    const order = await stack.order(await stack.customer(), { [mug]: 1 })
    await until('it is accepted, and its event sent', async () => {
      const { body } = await stack.operator.get('order', `/orders/${order.id}`)
      const ready = await stack.operator.get('order', '/readyz')
      const { checks, outbox } = ready.body as { checks: { outbox?: unknown }; outbox: { rows: number } }
      return body.status === 'accepted' && !checks.outbox && outbox.rows === 0
    })
    await trim('order-events')
    await stack.start('shipping-service')

    const stuck = await until('it is named', async () =>
      (await jsonOf<StuckOrder[]>(['orders', 'list', '--stuck'])).find(
        ({ id, cause }) => id === order.id && cause?.kind === 'event_deleted',
      ),
    )
    t.is(stuck.cause?.next, `mgmt orders resend ${order.id}`)
    t.regex((await stack.mgmt(['orders', 'show', order.id])).stdout, /mgmt orders resend/)
    t.notRegex((await stack.mgmt(['status'])).stdout, /shipping-service +ready .* [1-9]\d*$/m, 'it has no lag')

    const resent = await jsonOf<{ service: string; event: { type: string } | null }[]>(['orders', 'resend', order.id])
    const [fromShipping] = resent.splice(3) // none, unless it has already handled order.accepted
    t.is(fromShipping?.service, 'shipping-service')
    t.deepEqual(
      resent.map(({ service, event }) => [service, event?.type]),
      [
        ['order-service', 'order.accepted'],
        ['inventory-service', 'stock.reserved'],
        ['payment-service', 'payment.succeeded'],
      ],
    )
    t.is((await stack.end(order)).status, 'completed')
    t.deepEqual(await stack.reconcile(), [], 'what was deleted is not missing')
    t.deepEqual(await stack.stockOf(mug), { available: 8, reserved: 0, shipped: 2 })
  },
)

test.serial('the last events of a final order are published again only with --force, and change nothing', async t => {
  const mug = await stack.item('mug', 10)
  const order = await stack.order(await stack.customer(), { [mug]: 1 })
  await stack.end(order)
  await stack.reconcile()
  const refused = await stack.mgmt(['orders', 'resend', order.id])
  t.is(refused.status, 1)
  t.regex(refused.stderr, /is completed: it waits for no event[\s\S]*--force/)
  t.is((await stack.mgmt(['orders', 'resend', order.id, '--force'])).status, 0)
  t.deepEqual(await stack.reconcile(), [])
  t.deepEqual(await stack.stockOf(mug), { available: 9, reserved: 0, shipped: 1 })
})

test.serial('only an operator has events published again; an Idempotency-Key makes it once', async t => {
  const mug = await stack.item('mug', 10)
  const customer = await stack.customer()
  const order = await stack.order(customer, { [mug]: 1 })
  await stack.end(order)
  await stack.reconcile() // at rest, when the outboxes are empty, the last events are kept
  for (const service of ['order', 'inventory', 'payment', 'shipping'] as const) {
    t.is((await customer.post(service, `/orders/${order.id}/resend`, {})).status, 403, service)
    const key = { 'idempotency-key': randomUUID() }
    const first = await stack.operator.post(service, `/orders/${order.id}/resend`, {}, key)
    t.is(first.status, 200, service)
    t.deepEqual((await stack.operator.post(service, `/orders/${order.id}/resend`, {}, key)).body, first.body)
  }
  t.is((await stack.operator.post('order', `/orders/${randomUUID()}/resend`, {})).body.code, 'nothing_to_resend')
})
