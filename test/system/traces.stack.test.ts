import { randomBytes } from 'node:crypto'
import test from 'ava'
import { serviceNames } from '@docket/addresses/addresses.ts'
import { signUp } from '@docket/test/support/client.ts'
import { startCollector, type CollectedSpan, type Collector } from '@docket/test/support/collector.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

let collector: Collector
let stack: Stack
test.before(async () => {
  collector = await startCollector()
  const traced = {
    OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint,
    OTEL_EXPORTER_OTLP_HEADERS: 'x-tenant=tests',
    OTEL_BSP_SCHEDULE_DELAY: '100',
  }
  stack = await startStack(Object.fromEntries(serviceNames.map(name => [name, traced])))
})
test.after.always(async () => {
  await stack?.stop()
  await collector?.close()
})

const random = (bytes: number) => randomBytes(bytes).toString('hex')

function aTrace(flags = '01') {
  const [traceId, spanId] = [random(16), random(8)]
  return { traceId, spanId, headers: { traceparent: `00-${traceId}-${spanId}-${flags}` } }
}

async function order(lines: Record<string, number>, headers: Record<string, string>, paymentToken = 'tok_ok') {
  const customer = await stack.customer()
  const { status, body } = await customer.post(
    'order',
    '/orders',
    { lines: Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity })), paymentToken },
    headers,
  )
  if (status !== 201) throw new Error(`the order was not created: ${status} ${JSON.stringify(body)}`)
  return stack.end(body as never)
}

const spansOf = (traceId: string) => collector.spans.filter(span => span.traceId === traceId)
const label = ({ service, name, attributes }: CollectedSpan) =>
  `${service}: ${name}${attributes['cloudevents.event_type'] ? ` ${String(attributes['cloudevents.event_type'])}` : ''}`

const wholeTrace = (traceId: string, last: string) =>
  until(`the trace ends with ${last}`, async () => {
    const spans = spansOf(traceId)
    const ids = new Set(spans.map(span => span.spanId))
    return (
      spans.some(span => label(span) === last) &&
      spans.filter(span => !ids.has(span.parentSpanId)).length === 1 &&
      spans
    )
  })

function ancestry(spans: readonly CollectedSpan[], from: CollectedSpan): string[] {
  const parent = spans.find(span => span.spanId === from.parentSpanId)
  return [label(from), ...(parent ? ancestry(spans, parent) : [])]
}

test.serial('an order that is completed is one trace, through every service', async t => {
  const mug = await stack.item('mug', 5)
  const { traceId, spanId, headers } = aTrace()
  t.is((await order({ [mug]: 2 }, headers)).status, 'completed')
  const spans = await wholeTrace(traceId, 'order-service: send order-events order.completed')

  t.deepEqual([...new Set(spans.map(span => span.service))].sort(), [
    'inventory-service',
    'order-service',
    'payment-service',
    'shipping-service',
  ])
  t.deepEqual(spans.filter(span => span.parentSpanId === spanId).map(label), ['order-service: POST /orders'])
  t.deepEqual(
    spans.filter(span => span.isError),
    [],
  )

  const completed = spans.find(span => label(span) === 'order-service: send order-events order.completed')
  t.deepEqual(ancestry(spans, completed!).toReversed(), [
    'order-service: POST /orders',
    'order-service: send order-events order.created',
    'inventory-service: process order-events order.created',
    'inventory-service: send inventory-events stock.reserved',
    'payment-service: process inventory-events stock.reserved',
    'payment-service: charge',
    'payment-service: send payment-events payment.succeeded',
    'order-service: process payment-events payment.succeeded',
    'order-service: send order-events order.accepted',
    'shipping-service: process order-events order.accepted',
    'shipping-service: send shipping-events shipment.shipped',
    'inventory-service: process shipping-events shipment.shipped',
    'inventory-service: send inventory-events stock.committed',
    'order-service: process inventory-events stock.committed',
    'order-service: send order-events order.completed',
  ])
  t.true(spans.filter(span => span.name.startsWith('send ')).every(span => span.kind === 'producer'))
  t.true(spans.filter(span => span.name.startsWith('process ')).every(span => span.kind === 'consumer'))
})

test.serial('spans say what was done, in the words of the conventions, and no value of a customer', async t => {
  const mug = await stack.item('mug', 5)
  const { traceId, headers } = aTrace()
  const { id } = await order({ [mug]: 1 }, { ...headers, 'x-request-id': 'a-request-of-mine' })
  const spans = await wholeTrace(traceId, 'order-service: send order-events order.completed')

  const request = spans.find(span => span.name === 'POST /orders')
  t.is(request?.kind, 'server')
  t.like(request?.attributes, {
    'http.request.method': 'POST',
    'http.route': '/orders',
    'http.response.status_code': 201,
    'url.path': '/orders',
  })
  t.deepEqual(request?.attributes['http.response.header.x-request-id'], ['a-request-of-mine'])

  const sent = spans.find(span => label(span).endsWith('send order-events order.created'))
  t.like(sent?.attributes, {
    'messaging.system': 'kafka',
    'messaging.destination.name': 'order-events',
    'messaging.operation.type': 'send',
    'messaging.kafka.message.key': id,
  })
  const processed = spans.find(span => label(span) === 'inventory-service: process order-events order.created')
  t.like(processed?.attributes, {
    'messaging.consumer.group.name': 'inventory-service',
    'messaging.operation.type': 'process',
    'messaging.kafka.message.key': id,
  })
  t.is(processed?.attributes['messaging.message.id'], sent?.attributes['messaging.message.id'])

  const insert = spans.find(span => span.name === 'INSERT outbox' && span.service === 'order-service')
  t.is(insert?.kind, 'client')
  t.like(insert?.attributes, {
    'db.system.name': 'postgresql',
    'db.namespace': 'orders',
    'db.query.summary': 'INSERT outbox',
  })
  t.deepEqual(ancestry(spans, insert!).slice(0, 3), [
    'order-service: INSERT outbox',
    'order-service: transaction',
    'order-service: POST /orders',
  ])

  t.like(
    spans.find(span => span.name === 'charge'),
    { kind: 'client', service: 'payment-service' },
  )
  t.notRegex(JSON.stringify(spans), /tok_ok|password/i)
  t.true(collector.deliveries.every(delivery => delivery['x-tenant'] === 'tests'))
})

test.serial('an order whose card is declined is one trace, and no error: it ends as it should', async t => {
  const mug = await stack.item('mug', 5)
  const { traceId, headers } = aTrace()
  t.is((await order({ [mug]: 1 }, headers, 'tok_declined')).status, 'cancelled')
  const spans = await wholeTrace(traceId, 'order-service: process inventory-events stock.released')
  const undone = spans.find(span => label(span) === 'order-service: process inventory-events stock.released')
  t.deepEqual(ancestry(spans, undone!).slice(0, 5), [
    'order-service: process inventory-events stock.released',
    'inventory-service: send inventory-events stock.released',
    'inventory-service: process order-events order.cancelled',
    'order-service: send order-events order.cancelled',
    'order-service: process payment-events payment.failed',
  ])
  t.deepEqual(
    spans.filter(span => span.isError),
    [],
  )
})

test.serial('a retried charge is there with every attempt, and with what was wrong', async t => {
  const mug = await stack.item('mug', 5)
  const { traceId, headers } = aTrace()
  t.is((await order({ [mug]: 1 }, headers, 'tok_timeout')).status, 'completed')
  const spans = await wholeTrace(traceId, 'order-service: send order-events order.completed')
  t.deepEqual(
    spans
      .filter(span => span.name === 'charge')
      .map(span => [span.isError, span.message, span.attributes['docket.attempt']]),
    [
      [true, 'the provider did not answer in time', 1],
      [false, undefined, 2],
    ],
  )
})

test.serial('a trace that is not sampled leaves nothing at the collector', async t => {
  const mug = await stack.item('mug', 5)
  const silent = aTrace('00')
  t.is((await order({ [mug]: 1 }, silent.headers)).status, 'completed')
  const sampled = aTrace()
  t.is((await order({ [mug]: 1 }, sampled.headers)).status, 'completed')
  await wholeTrace(sampled.traceId, 'order-service: send order-events order.completed') // came after it in every queue
  t.deepEqual(spansOf(silent.traceId), [])
})

test.serial('what the caller did wrong is no error of the service', async t => {
  const customer = await stack.customer()
  const { traceId, headers } = aTrace()
  t.is((await customer.post('order', '/orders', { lines: [] }, headers)).status, 422)
  const [refused] = await until('the request is there', async () => spansOf(traceId).length > 0 && spansOf(traceId))
  t.like(refused, { name: 'POST /orders', isError: false })
  t.is(refused?.attributes['http.response.status_code'], 422)
})

test.serial('a sign-up is a trace, from the request to its event', async t => {
  const before = new Set(collector.spans)
  await signUp(stack.services, 'traced')
  const event = await until('the event is there', async () =>
    collector.spans.find(span => !before.has(span) && label(span) === 'user-service: send user-events user.signed_up'),
  )
  const spans = await until(
    'the request is there',
    async () => spansOf(event.traceId).some(span => span.name === 'POST /signup') && spansOf(event.traceId),
  )
  t.deepEqual(ancestry(spans, event), ['user-service: send user-events user.signed_up', 'user-service: POST /signup'])
  t.true(spans.some(span => span.name === 'transaction' && span.attributes['db.system.name'] === 'mysql'))
})

test.serial('mgmt sends its trace with its requests, and shows it with --verbose', async t => {
  t.timeout(120_000)
  const mug = await stack.item('mug', 5)
  await stack.mgmt(['login', 'operator', '--password-stdin'], { stdin: stack.operator.password })
  const { status, stderr } = await stack.mgmt(['orders', 'create', '--line', `${mug}=1`, '--wait', '--verbose'])
  t.is(status, 0, stderr)
  const told = new Set([...stderr.matchAll(/trace ([\da-f]{32})/g)].map(([, traceId]) => traceId))
  t.is(told.size, 1, stderr)
  const [traceId = ''] = told
  const last = 'order-service: send order-events order.completed'
  const spans = await until(
    'the end of the order is there',
    async () => spansOf(traceId).some(span => label(span) === last) && spansOf(traceId),
  )
  t.is(spans.find(span => span.name === 'POST /orders')?.service, 'order-service')
})

test.serial(
  'while the collector hangs orders are fulfilled, and a service that is told to end does so in time',
  async t => {
    t.timeout(120_000)
    const mug = await stack.item('mug', 50)
    const customer = await stack.customer()
    collector.hang()
    const before = collector.deliveries.length
    t.is((await stack.end(await stack.order(customer, { [mug]: 1 }))).status, 'completed')
    await until('deliveries hang', async () => collector.deliveries.length > before)
    for (let n = 0; n < 5; n++) t.is((await stack.end(await stack.order(customer, { [mug]: 1 }))).status, 'completed')
    await stack.kill('shipping-service', 'SIGTERM')
    t.is(stack.processes.of('shipping-service')?.exitCode, 0)
    t.deepEqual(await stack.reconcile(), [])
  },
)
