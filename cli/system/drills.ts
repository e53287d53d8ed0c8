import type { OutgoingRecord } from '@docket/kafka/record-codec.ts'
import { randomBytes, randomUUID } from 'node:crypto'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { addresses } from '@docket/addresses/addresses.ts'
import { waitingFor } from '../waiting.ts'
import { exit, Failure } from '../failure.ts'
import { readTextSync, smallFile } from '../input/files.ts'
import { kafkaOf, withKafka } from '../client/topics.ts'
import type { Mgmt } from '../mgmt.ts'
import { orderOf } from '../orders/selection.ts'
import { writableKafka } from './own-stack.ts'
import { standStill } from './stand-still.ts'
import { isFinal, type Item, type Order } from '../client/shapes.ts'

export interface Finding {
  what: string
  ok: boolean
  found: string
}

export interface Drill {
  summary: string
  run(scene: Scene): Promise<void>
}

export interface Scene {
  mgmt: Mgmt
  print(text: string): void
  expect(what: string, found: unknown, expected: unknown): void
}

export const drills: Record<string, Drill> = {
  'payment-declined': {
    summary: 'a card is declined: the order must be cancelled, and its stock come back',
    run: paymentDeclined,
  },
  'out-of-stock': {
    summary: 'more is ordered than there is: the order must be rejected, and nothing be held',
    run: outOfStock,
  },
  'provider-timeout': {
    summary: 'the provider charges, but its answer is lost: the card must be charged once',
    run: providerTimeout,
  },
  'poison-event': {
    summary: 'a broken record in a topic: it must be dead-lettered, and block no order',
    run: poisonEvent,
  },
  'duplicate-delivery': {
    summary: 'every event of an order comes twice: nothing may happen twice',
    run: duplicateDelivery,
  },
  'slow-service': {
    summary: 'shipping-service stands still for a while: orders must wait, and then go on',
    run: slowService,
  },
}

const pieces = 10

async function anItem({ mgmt, print }: Scene): Promise<string> {
  const sku = `drill-${randomBytes(4).toString('hex')}`
  await mgmt.api.send<Item>('inventory', 'POST', '/items', {
    sku,
    name: 'Drill',
    unitPrice: 100,
    currency: 'EUR',
    quantity: pieces,
  })
  print(`an item ${sku} with ${pieces} pieces was made for this drill`)
  return sku
}

async function anOrder({ mgmt, print }: Scene, sku: string, quantity: number, paymentToken = 'tok_ok'): Promise<Order> {
  const order = await mgmt.api.send<Order>(
    'order',
    'POST',
    '/orders',
    { lines: [{ sku, quantity }], paymentToken },
    { idempotencyKey: randomUUID() },
  )
  print(`order ${order.id}: ${quantity} pieces, card ${paymentToken}`)
  return order
}

const patienceMs = 60_000

async function until<T>(
  { mgmt }: Scene,
  probe: () => Promise<T>,
  isSo: (answer: T) => boolean,
  withinMs = patienceMs,
): Promise<T> {
  return waitingFor('what the services make of it', async () => {
    for (const deadline = Date.now() + withinMs; ; await pause(100, undefined, { signal: mgmt.signal })) {
      const answer = await probe()
      if (isSo(answer) || Date.now() > deadline) return answer
    }
  })
}

async function end(scene: Scene, order: Order): Promise<Order> {
  const ended = await until(scene, () => orderOf(scene.mgmt, order.id), isFinal)
  for (const { event, service, detail } of ended.timeline ?? [])
    scene.print(`  ${event}, by ${service}${detail === undefined ? '' : `: ${detail}`}`)
  return ended
}

async function expectStock(
  scene: Scene,
  sku: string,
  expected: { available: number; reserved: number; shipped: number },
): Promise<void> {
  const wanted = JSON.stringify(expected)
  const shown = ({ available, reserved, shipped }: Item) => JSON.stringify({ available, reserved, shipped })
  const item = await until(
    scene,
    () => scene.mgmt.api.get<Item>('inventory', `/items/${sku}`),
    one => shown(one) === wanted,
    10_000,
  )
  scene.expect('the stock', shown(item), wanted)
}

async function paymentDeclined(scene: Scene): Promise<void> {
  const sku = await anItem(scene)
  const ended = await end(scene, await anOrder(scene, sku, 3, 'tok_declined'))
  scene.expect('how the order ended', `${ended.status}, ${ended.reason}`, 'cancelled, payment_failed')
  await expectStock(scene, sku, { available: pieces, reserved: 0, shipped: 0 })
}

async function outOfStock(scene: Scene): Promise<void> {
  const sku = await anItem(scene)
  const ended = await end(scene, await anOrder(scene, sku, pieces + 5))
  scene.expect('how the order ended', `${ended.status}, ${ended.reason}`, 'rejected, out_of_stock')
  await expectStock(scene, sku, { available: pieces, reserved: 0, shipped: 0 })
  scene.expect(
    'an order for the available pieces',
    (await end(scene, await anOrder(scene, sku, 1))).status,
    'completed',
  )
}

interface Payment {
  status: string
  amount: number
  attempts: { outcome: string; answer?: string }[]
}

async function providerTimeout(scene: Scene): Promise<void> {
  const sku = await anItem(scene)
  const ended = await end(scene, await anOrder(scene, sku, 2, 'tok_timeout'))
  scene.expect('how the order ended', ended.status, 'completed')
  const payment = await scene.mgmt.api.get<Payment>('payment', `/payments/${ended.id}`)
  for (const { outcome, answer } of payment.attempts)
    scene.print(`  the provider answered: ${outcome}${answer === undefined ? '' : `, ${answer}`}`)
  scene.expect('the amount, charged once', `${payment.status} ${payment.amount}`, 'succeeded 200')
  await expectStock(scene, sku, { available: pieces - 2, reserved: 0, shipped: 2 })
}

async function poisonEvent(scene: Scene): Promise<void> {
  const { mgmt, print, expect } = scene
  const [{ kafkaClient }, { produceOnce: sendOnce }, { readDeadLetters, dismiss }] = await Promise.all([
    import('@docket/kafka/client.ts'),
    import('@docket/kafka/producer.ts'),
    import('@docket/kafka/dead-letter-queue.ts'),
  ])
  const sku = await anItem(scene)
  const key = randomUUID()
  await withKafka(mgmt, () =>
    sendOnce(kafkaClient(writableKafka(mgmt)), [
      {
        topic: 'payment-events',
        key,
        value: '{broken',
        headers: {
          ce_id: randomUUID(),
          ce_type: 'payment.succeeded',
          ce_sequence: '1',
          ce_time: new Date().toISOString(),
        },
      },
    ]),
  )
  print('a record that is no JSON was sent to payment-events')
  const mine = async () => (await readDeadLetters(kafkaOf(mgmt), mgmt.signal)).filter(letter => letter.key === key)
  const letters = await until(scene, mine, found => found.length > 0)
  for (const { id, group, reason, error } of letters) print(`  ${group} dead-lettered it as ${id}: ${reason}, ${error}`)
  expect('dead letters of the broken record', letters.length > 0 ? 'at least one' : 'none', 'at least one')
  expect('an order behind it', (await end(scene, await anOrder(scene, sku, 1))).status, 'completed')
  await dismiss(kafkaOf(mgmt), letters)
  print('its dead letters are noted as dealt with')
}

async function duplicateDelivery(scene: Scene): Promise<void> {
  const { mgmt, print, expect } = scene
  const [{ kafkaClient }, { produceOnce: sendOnce }, { tail }, { plainHeaders }] = await Promise.all([
    import('@docket/kafka/client.ts'),
    import('@docket/kafka/producer.ts'),
    import('@docket/kafka/tail.ts'),
    import('@docket/kafka/dead-letter-record.ts'),
  ])
  const sku = await anItem(scene)
  const before = await end(scene, await anOrder(scene, sku, 2))
  const records: OutgoingRecord[] = []
  await withKafka(mgmt, async () => {
    await tail({
      kafka: kafkaOf(mgmt),
      from: new Date(Date.parse(before.createdAt) - 60_000),
      follow: false,
      signal: mgmt.signal,
      onState: () => undefined,
      wanted: record => record.key?.toString() === before.id,
      onRecord: record =>
        void records.push({ topic: record.topic, key: before.id, value: record.value, headers: plainHeaders(record) }),
    })
    await sendOnce(kafkaClient(writableKafka(mgmt)), records)
  })
  print(`its ${records.length} events were sent again, as they were`)
  expect('an order behind them', (await end(scene, await anOrder(scene, sku, 1))).status, 'completed')
  const after = await orderOf(mgmt, before.id)
  expect(
    'the order, unchanged',
    `${after.status}, ${after.timeline?.length} steps`,
    `completed, ${before.timeline?.length} steps`,
  )
  const payment = await mgmt.api.get<Payment>('payment', `/payments/${before.id}`)
  expect(
    'the amount, charged once',
    `${payment.status} ${payment.amount}, attempts: ${payment.attempts.length}`,
    'succeeded 200, attempts: 1',
  )
  await expectStock(scene, sku, { available: pieces - 3, reserved: 0, shipped: 3 })
}

const pausedMs = 4_000

async function slowService(scene: Scene): Promise<void> {
  const { mgmt, print, expect } = scene
  const pid = localProcess('shipping-service')
  const sku = await anItem(scene)
  const standing = standStill(pid)
  print('shipping-service stands still')
  try {
    const order = await anOrder(scene, sku, 1)
    const accepted = await until(
      scene,
      () => orderOf(mgmt, order.id),
      ({ status }) => status === 'accepted',
    )
    await pause(pausedMs, undefined, { signal: mgmt.signal })
    const waiting = await orderOf(mgmt, order.id)
    expect(
      'the order while it stands still',
      `${waiting.status}, waits for ${waiting.waitsFor?.service}`,
      'accepted, waits for shipping-service',
    )
    standing.goOn()
    print('shipping-service goes on')
    expect('how the order ended', (await end(scene, accepted)).status, 'completed')
  } finally {
    standing.end()
  }
  await expectStock(scene, sku, { available: pieces - 1, reserved: 0, shipped: 1 })
}

/** The keeper of a local process records its pid in a file. */
function localProcess(service: string): number {
  const file = join(addresses().dir, 'run', `${service}.json`)
  try {
    const { child } = JSON.parse(readTextSync(file, smallFile('the state of the process'))) as {
      child: { pid: number }
    }
    process.kill(child.pid, 0)
    return child.pid
  } catch (error) {
    throw new Failure(`${service} does not run on this machine, so it cannot be made to stand still.`, {
      status: exit.failed,
      code: 'not_local',
      cause: error,
      next: 'run this drill where ./bin/up-local.sh has started it; LOCAL_DIR says where its data is',
    })
  }
}
