import test from 'ava'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

let stack: Stack
test.before(async () => {
  stack = await startStack()
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.reconcile(), [])
})

interface Goods {
  id: string
  status: string
  lines: { sku: string; quantity: number }[]
}

const listed = async (path: string): Promise<Goods[]> => {
  const { body } = await stack.operator.get('shipping', path)
  return (body.items ?? []) as Goods[]
}

/** Whoever asks is the operator: who may ask what is told elsewhere. */
const done = async (service: 'order' | 'shipping' | 'payment', path: string, body: unknown, key?: string) => {
  const reply = await stack.operator.post(service, path, body, key ? { 'idempotency-key': key } : {})
  if (reply.status >= 300) throw new Error(`${path}: ${reply.status} ${JSON.stringify(reply.body)}`)
  return reply.body
}

const progressOf = async (order: string) => {
  const { body } = await stack.operator.get('order', `/orders/${order}`)
  const lines = body.lines as { sku: string; shipped: number; cancelled: number; returned: number }[]
  return {
    status: body.status,
    lines: Object.fromEntries(
      lines.map(({ sku, shipped, cancelled, returned }) => [sku, [shipped, cancelled, returned]]),
    ),
  }
}

test.serial('an order leaves in parts, loses a line, and a piece of it comes back: goods and money agree', async t => {
  const { operator } = stack
  const [mug, plate] = [await stack.item('mug', 10), await stack.item('plate', 10, 1_200)]
  t.is((await operator.patch('shipping', '/locations/main', { handover: 'manual' })).status, 200)
  const { id } = await stack.order(operator, { [mug]: 3, [plate]: 1 })
  const [open] = await until('its shipment waits for people', async () => {
    const shipments = await listed(`/orders/${id}/shipments`)
    return shipments.length === 1 && shipments
  })
  t.like(open, { status: 'open' })
  await until('order-service knows that it waits', async () => (await progressOf(id)).status === 'accepted')
  await done('shipping', `/shipments/${open?.id}/dispatch`, { lines: [{ sku: mug, quantity: 2 }] })
  await until('two mugs are counted as shipped', async () => (await progressOf(id)).lines[mug]?.[0] === 2)

  await done('order', `/orders/${id}/cancel`, { lines: [{ sku: plate, quantity: 1 }] })
  await until('the plate is cancelled', async () => (await progressOf(id)).lines[plate]?.[1] === 1)
  const [rest] = await listed(`/orders/${id}/shipments`)
  await done('shipping', `/shipments/${rest?.id}/dispatch`, { carrier: 'Harbour Post', trackingNumber: `HP-${id}` })
  await until('it is completed', async () => (await progressOf(id)).status === 'completed')

  const comingBack = await done('shipping', '/returns', { orderId: id, lines: [{ sku: mug, quantity: 2 }] })
  await done('shipping', `/returns/${String(comingBack.id)}/receive`, {
    lines: [{ sku: mug, quantity: 1, condition: 'scrap' }],
  })
  await until('one mug is returned', async () => (await progressOf(id)).lines[mug]?.[2] === 1)
  await done('payment', `/orders/${id}/refunds`, { amount: 100, reason: 'it came late' }, `goodwill for ${id}`)

  t.deepEqual(await progressOf(id), { status: 'completed', lines: { [mug]: [3, 0, 1], [plate]: [0, 1, 0] } })
  const refunds = await until('all three refunds are given', async () => {
    const { body } = await operator.get('payment', `/orders/${id}/refunds`)
    const items = body.items as { status: string; reason: string; amount: number }[]
    return items.length === 3 && items.every(({ status }) => status === 'given') && items
  })
  t.deepEqual(Object.fromEntries(refunds.map(({ reason, amount }) => [reason, amount])), {
    lines_cancelled: 1_200,
    returned: 450,
    goodwill: 100,
  })
  t.like(await stack.stockOf(mug), { available: 7, reserved: 0, shipped: 2 })
  t.like(await stack.stockOf(plate), { available: 10, reserved: 0, shipped: 0 })
})

test.serial('all of an accepted order is withdrawn: it is cancelled, and all of it comes back', async t => {
  const { operator } = stack
  const mug = await stack.item('mug', 5)
  t.is((await operator.patch('shipping', '/locations/main', { handover: 'manual' })).status, 200)
  const order = await stack.order(operator, { [mug]: 2 })
  await until('its shipment waits', async () => (await listed(`/orders/${order.id}/shipments`)).length === 1)
  await until('it is accepted', async () => (await progressOf(order.id)).status === 'accepted')
  const reply = await operator.post('order', `/orders/${order.id}/cancel`, {})
  t.is(reply.status, 202)
  t.like(await stack.end(order), { status: 'cancelled', reason: 'requested' })
  await until('its stock is back', async () => (await stack.stockOf(mug)).available === 5)
})

test.serial('a lost shipment is refunded and stays out of stock, until it turns up', async t => {
  const { operator } = stack
  const mug = await stack.item('mug', 5)
  t.is((await operator.patch('shipping', '/locations/main', { handover: 'auto' })).status, 200)
  const order = await stack.order(operator, { [mug]: 2 })
  t.is((await stack.end(order)).status, 'completed')
  const [shipment] = await listed(`/orders/${order.id}/shipments`)
  await done('shipping', `/shipments/${shipment?.id}/outcome`, { status: 'lost' })
  await until('both mugs are returned', async () => (await progressOf(order.id)).lines[mug]?.[2] === 2)
  t.like(await stack.stockOf(mug), { available: 3, shipped: 2 })
  const [lost] = await listed(`/orders/${order.id}/returns`)
  await done('shipping', `/returns/${lost?.id}/receive`, { lines: [{ sku: mug, quantity: 1, condition: 'restock' }] })
  await until('one mug is in stock again', async () => (await stack.stockOf(mug)).available === 4)
})
