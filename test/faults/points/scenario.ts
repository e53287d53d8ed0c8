import { randomUUID } from 'node:crypto'
import { once } from 'node:events'
import { fileURLToPath } from 'node:url'
import { query } from '@docket/reconciliation/query.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import { addresses } from '@docket/addresses/addresses.ts'
import { call, type Reply } from '@docket/test/support/client.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { aCustomer, endingsOf, wrongEndings, type Acknowledged, type Customer, type OrderRequest } from '../orders.ts'
import { startProvider, type ProviderProcess } from '../provider/process.ts'
import type { Order, Told } from './order.ts'
import type { Scenario } from './failpoints.ts'
import { compareSteps } from './same-step.ts'

export interface Field {
  stack: Stack
  provider: ProviderProcess
  customer: Customer
  sku: string
  stop(): Promise<void>
}

export async function prepareField(): Promise<Field> {
  const provider = await startProvider(addresses())
  const stack = await startStack(
    { 'payment-service': { PAYMENT_PROVIDER: provider.url } },
    { preload: fileURLToPath(new URL('./switch.ts', import.meta.url)), supervised: true },
  )
  return {
    stack,
    provider,
    customer: aCustomer(await stack.customer()),
    sku: await stack.item('mug', 1_000_000),
    async stop() {
      await stack.stop()
      await provider.kill('SIGTERM')
    },
  }
}

export interface Outcome {
  scenario: Scenario
  seconds: number
  orders: number
  /** Orders that were held and that all views named the same step for; undefined: no service hung. */
  compared: number | undefined
  wrong: string[]
}

const reachedWithinMs = 60_000
const endedWithinMs = 100_000 // a hang takes 40 s, a dead member's partitions 10 s, a retry its pause

export async function play(field: Field, scenario: Scenario): Promise<Outcome> {
  const began = performance.now()
  const { stack } = field
  const wrong: string[] = []
  const exitsBefore = stack.processes.exits.length
  let orders = 0
  let compares: number | undefined
  try {
    await Promise.all([scenario.service, 'user-service' as const].map(name => stack.processes.untilReady(name)))
    const customer = (field.customer = aCustomer(await stack.customer())) // a login lasts no longer than 15 minutes
    const compared = scenario.mode === 'hang' && scenario.service !== 'user-service' // without that, nobody can log in
    const isHeldEarlier = compared && reachedByNewOrders(scenario)
    if (isHeldEarlier) await placeWithSlowCharge(field)
    const fired = arm(field, scenario)
    const [, , steps] = await Promise.all([
      isHeldEarlier ? fired.then(() => traffic(field, scenario)) : traffic(field, scenario),
      fired,
      compared ? fired.then(() => placeOneMore(field, scenario)).then(() => compareSteps(stack)) : undefined,
    ])
    compares = steps?.orders
    wrong.push(...(steps?.differing ?? []))
    if (steps?.orders === 0 && !mayHoldNone(scenario))
      wrong.push('no order was held, so the views of its step were not compared')
    await field.provider.behave({})
    orders = customer.acknowledged.length
    await stack.processes.untilReady(scenario.service)
    wrong.push(
      ...(await untilEnded(field, scenario)),
      ...customer.violations,
      ...unaskedExits(field, scenario, exitsBefore),
    )
    wrong.push(...(await stack.reconcile()))
  } catch (error) {
    wrong.push(messageOf(error))
  } finally {
    await field.provider.behave({})
  }
  return { scenario, seconds: (performance.now() - began) / 1_000, orders, compared: compares, wrong }
}

async function arm({ stack }: Field, { service, failpoint, mode }: Scenario): Promise<void> {
  const process = stack.processes.of(service)
  if (!process) throw new Error(`${service} does not run`)
  const order: Order = { failpoint, mode }
  process.send(order)
  const signal = AbortSignal.timeout(reachedWithinMs)
  try {
    const [told] = (await once(process, 'message', { signal })) as [Told]
    if (told.fired !== failpoint) throw new Error(`${told.fired} was reached, not ${failpoint}`)
  } catch (error) {
    throw signal.aborted ? new Error(`${failpoint} was not reached within ${reachedWithinMs / 1_000} s`) : error
  }
}

const ok = { token: 'tok_ok' }
const usual = [
  ok,
  ok,
  { ...ok, cancel: true },
  { token: 'tok_declined' },
  { token: 'tok_timeout' },
  ok,
  { token: 'tok_declined' },
  ok,
]

/** An order would reach the failpoint before it exists, so no view could show it: those that exist must come first. */
const reachedByNewOrders = ({ service, failpoint }: Scenario) =>
  service === 'order-service' && failpoint !== 'dead-letter' && failpoint !== 'expire-orders'

/** Events are removed from the outbox when Kafka has them, so those of the orders before are out. */
async function placeOneMore({ customer, sku }: Field, { failpoint }: Scenario): Promise<void> {
  if (failpoint === 'relay-remove') await customer.placeOrder({ ...ok, lines: { [sku]: 1 } })
}

/** They go on when their card is charged, some seconds later. */
async function placeWithSlowCharge({ stack, provider, customer, sku }: Field): Promise<Acknowledged[]> {
  await provider.behave({ slowMs: 3_000 })
  const placed = await Promise.all([ok, ok, ok, ok].map(one => customer.placeOrder({ ...one, lines: { [sku]: 1 } })))
  const orders = placed.flatMap(order => order ?? [])
  await untilCharging(stack, orders)
  return orders
}

async function traffic(field: Field, { service, failpoint }: Scenario): Promise<void> {
  const { stack, provider, customer, sku } = field
  const placeOrders = (requests: Omit<OrderRequest, 'lines'>[]) =>
    Promise.all(requests.map(request => customer.placeOrder({ ...request, lines: { [sku]: 1 } })))
  if (service === 'user-service') await signUps(stack)
  if (failpoint === 'dead-letter') await poison(stack, service === 'order-service' ? 'payment-events' : 'order-events')
  if (failpoint === 'refund') {
    const orders = await placeWithSlowCharge(field)
    await Promise.all(orders.map(order => customer.cancel(order))) // it arrives while the card is being charged
    await provider.behave({})
  } else if (failpoint === 'expire-orders') {
    await provider.behave({ fails: 1 }) // so that the orders stay pending until the failpoint is reached
    await placeOrders(usual)
    await expireAll(stack, customer)
  } else if (afterAcceptance.has(failpoint)) {
    await handOver(stack, 'manual')
    const [cancelled, comesBack] = await placeOrders([ok, ok])
    if (cancelled) await untilOpen(stack, cancelled).then(() => customer.cancel(cancelled))
    if (comesBack) await sendBack(stack, comesBack, sku)
    await handOver(stack, 'auto')
  } else await placeOrders(usual)
}

/** Until it is answered: the failpoint may have stopped the service. */
const insisted = (what: string, request: () => Promise<Reply>) =>
  until(
    what,
    async () => {
      const reply = await request()
      return reply.status < 300 && reply.body
    },
    endedWithinMs,
  )

const handOver = ({ operator }: Stack, handover: 'auto' | 'manual') =>
  insisted(`handover ${handover}`, () => operator.patch('shipping', '/locations/main', { handover }))

const untilOpen = ({ sources }: Stack, { id }: Acknowledged) =>
  until(
    'its shipment waits for people',
    async () => {
      const [open] = await query<{ id: string }>(sources.shipping, 'SELECT id FROM parcels WHERE order_id = $1', [id])
      return open?.id
    },
    endedWithinMs,
  )

async function sendBack(stack: Stack, order: Acknowledged, sku: string): Promise<void> {
  const { operator } = stack
  const post = (path: string, body: unknown) => {
    const headers = { 'idempotency-key': randomUUID() }
    return insisted(path, () => operator.post('shipping', path, body, headers))
  }
  await post(`/shipments/${await untilOpen(stack, order)}/dispatch`, {})
  const lines = [{ sku, quantity: 1 }]
  const { id } = await post('/returns', { orderId: order.id, lines })
  await post(`/returns/${String(id)}/receive`, { lines: lines.map(line => ({ ...line, condition: 'restock' })) })
}

/**
 * Whether a hang there may hold no order: offsets are committed when the events of a batch are published, beside the next
 * one; the first to commit in order-service is a sweep; and goods and money come back to an order that has ended, which
 * waits for neither.
 */
const mayHoldNone = ({ service, failpoint }: Scenario) =>
  besideOrders.has(failpoint) || (service === 'order-service' && failpoint === 'commit')

const besideOrders: ReadonlySet<string> = new Set(['commit-offsets', 'stock-returned', 'refund', 'save-refunds'])

/** Reached only by what happens to an order after it was accepted. */
const afterAcceptance: ReadonlySet<string> = new Set([
  'shipments-opened',
  'lines-withdrawn',
  'stock-returned',
  'save-refunds',
])

async function signUps(stack: Stack): Promise<void> {
  await Promise.all(
    Array.from({ length: 3 }, () =>
      until('a sign-up is answered', async () => {
        await stack.customer()
        return true
      }),
    ),
  )
}

const poison = ({ sources }: Stack, topic: string) =>
  produceOnce(kafkaClient({ brokers: sources.kafkaBrokers, clientId: 'poison' }), [
    { topic, key: 'poison', value: 'not json', headers: {} },
  ])

async function untilCharging(stack: Stack, orders: readonly Acknowledged[]): Promise<void> {
  await until('all cards are being charged', async () => {
    const [row] = await query<{ n: number }>(
      stack.sources.payments,
      'SELECT count(*)::int AS n FROM payments WHERE order_id = ANY($1::uuid[]) AND attempts > 0',
      [orders.map(({ id }) => id)],
    )
    return row?.n === orders.length
  })
}

/** Ends the reservation windows now, in place of waiting. */
async function expireAll(stack: Stack, { acknowledged }: Customer): Promise<void> {
  await query(stack.sources.orders, 'UPDATE orders SET expires_at = now() WHERE id = ANY($1::uuid[])', [
    acknowledged.map(({ id }) => id),
  ])
}

async function untilEnded({ stack, customer }: Field, { failpoint }: Scenario): Promise<string[]> {
  const ids = customer.acknowledged.map(({ id }) => id)
  const isOpen = ({ status }: { status: string }) => status === 'pending' || status === 'accepted'
  await until(
    'all orders have ended',
    async () => ![...(await endingsOf(stack.sources.orders, ids)).values()].some(isOpen),
    endedWithinMs,
  ).catch(() => undefined) // reported below
  await until(
    'all outboxes are empty',
    async () => (await Promise.all(Object.values(stack.ops).map(outboxOf))).every(rows => rows === 0),
    endedWithinMs,
  )
  return wrongEndings(stack.sources.orders, customer.acknowledged, failpoint === 'expire-orders')
}

interface Counted {
  checks: { outbox?: unknown }
  outbox: { rows: number }
}

/** Undefined: it was not counted in time. */
async function outboxOf(url: string): Promise<number | undefined> {
  const { checks, outbox } = (await call(`${url}/readyz`, 'GET')).body as unknown as Counted
  return checks.outbox ? undefined : outbox.rows
}

function unaskedExits({ stack }: Field, { service, mode }: Scenario, before: number): string[] {
  const exits = stack.processes.exits
    .slice(before)
    .map(({ name, code, signal }) => `${name} ended with ${signal ?? code}`)
  const allowed = mode === 'kill' ? [`${service} ended with SIGKILL`] : []
  return exits.join() === allowed.join()
    ? []
    : [`the processes that ended: ${exits.join(', ') || 'none'}; expected: ${allowed.join(', ') || 'none'}`]
}
