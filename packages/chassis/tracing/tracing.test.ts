import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import test from 'ava'
import { pino } from 'pino'
import { z } from 'zod'
import type { DocketEvent } from '@docket/contract/event.ts'
import { ROOT_CONTEXT, SpanKind } from '@opentelemetry/api'
import { AlwaysOffSampler, AlwaysOnSampler, SamplingDecision } from '@opentelemetry/sdk-trace'
import { PoisonEvents } from '@docket/kafka/poison-events.ts'
import { startCollector, type CollectedSpan, type Collector } from '@docket/test/support/collector.ts'
import { idOf, orderCreated } from '@docket/test/support/events.ts'
import { until } from '@docket/test/support/until.ts'
import { readConfig } from '../config.ts'
import { aServer, FakeDatabase } from '@docket/test/support/http-server.ts'
import { logger } from '../log.ts'
import type { StoredOutboxRow } from '../messaging/outbox-store.ts'
import { route } from '../http/route.ts'
import {
  calling,
  handlingEvents,
  noteDeadLetter,
  sendingRows,
  startTracing,
  stopTracing,
  sweeping,
  tracedDatabase,
} from './tracing.ts'
import { atMost, delivery } from './exporter.ts'
import { tracingSettings } from './settings.ts'

let collector: Collector
test.before(async () => {
  collector = await startCollector()
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.endpoint // the library reads it from here
  process.env.OTEL_RESOURCE_ATTRIBUTES = 'deployment.environment.name=tests,service.name=not-this-one'
  const settings = z
    .object(tracingSettings)
    .parse({ OTEL_EXPORTER_OTLP_ENDPOINT: collector.endpoint, OTEL_BSP_SCHEDULE_DELAY: '20' })
  await startTracing('test-service', '1.2.3', settings, logger('test-service', 'fatal'))
})
test.after.always(async () => {
  await stopTracing()
  await collector.close()
})

let traces = 0
function aTrace(flags = '01') {
  const traceId = (++traces).toString(16).padStart(32, 'a')
  return { traceId, traceparent: `00-${traceId}-00f067aa0ba902b7-${flags}` }
}

const spansOf = (traceId: string, count = 1): Promise<CollectedSpan[]> =>
  until(`${count} spans of ${traceId}`, async () => {
    const spans = collector.spans.filter(span => span.traceId === traceId)
    return spans.length >= count && spans
  })

const spanIn = (traceparent: string | undefined) => traceparent?.split('-')[2]

const caused = (order: string, traceparent: string): DocketEvent => ({
  ...orderCreated(order, { mug: 1 }),
  traceparent,
})

const row = (order: string, traceparent: string | undefined): StoredOutboxRow => ({
  id: '1',
  eventId: idOf(`event of ${order}`),
  aggregatetype: 'order',
  aggregateid: idOf(order),
  type: 'order.created',
  sequence: 1,
  time: '2026-01-31T12:00:00.000Z',
  traceparent,
  payload: '{}',
})

test('events of one batch go on in a trace each; what they cause comes after them', async t => {
  const [a, b] = [aTrace(), aTrace()]
  let given: ReadonlyMap<string, string> = new Map()
  await handlingEvents([caused('A', a.traceparent), caused('B', b.traceparent)], async traces => {
    given = traces
  })
  const [[first], [second]] = [await spansOf(a.traceId), await spansOf(b.traceId)]
  t.like(first, {
    service: 'test-service',
    name: 'process order-events',
    kind: 'consumer',
    parentSpanId: '00f067aa0ba902b7',
    isError: false,
  })
  t.is(spanIn(given.get(idOf('A'))), first?.spanId)
  t.is(spanIn(given.get(idOf('B'))), second?.spanId)
  t.deepEqual(second?.links, [first?.spanId], 'the statements of the batch are in the trace of the first')
})

test('the transaction of a batch belongs to the first event that is recorded, and says of how many it is', async t => {
  const [unsampled, sampled, other] = [aTrace('00'), aTrace(), aTrace()]
  const db = tracedDatabase(new FakeDatabase(), 'postgres://orders:secret@db.example:5432/orders')
  const events = [caused('S', unsampled.traceparent), caused('H', sampled.traceparent), caused('O', other.traceparent)]
  await handlingEvents(events, traces => db.transaction(async () => undefined, traces))
  const spans = await spansOf(sampled.traceId, 2)
  const transaction = spans.find(span => span.name === 'transaction')
  t.is(transaction?.parentSpanId, spans.find(span => span.kind === 'consumer')?.spanId)
  t.like(transaction?.attributes, {
    'db.system.name': 'postgresql',
    'db.namespace': 'orders',
    'server.address': 'db.example',
    'docket.batch.size': 3,
  })
  t.deepEqual(transaction?.links, [(await spansOf(other.traceId))[0]?.spanId])
  t.notRegex(JSON.stringify(spans), /secret/)
  t.deepEqual(
    collector.spans.filter(span => span.traceId === unsampled.traceId),
    [],
  )
})

test('a batch that failed says why, and when it comes again, how often', async t => {
  const { traceId, traceparent } = aTrace()
  const event = caused('A', traceparent)
  await t.throwsAsync(
    handlingEvents([event], () => Promise.reject(new Error('no such table'))),
    { message: 'no such table' },
  )
  await handlingEvents([event], async () => undefined)
  const [first, second] = await spansOf(traceId, 2)
  t.like(first, { isError: true, message: 'no such table' })
  t.like(first?.events[0], { name: 'exception', attributes: { 'exception.message': 'no such table' } })
  t.like(second, { isError: false })
  t.is(second?.attributes['docket.attempt'], 2)
})

test('an event that can never be handled is in error; the others of its batch were only rolled back', async t => {
  const [poison, fine] = [aTrace(), aTrace()]
  const [bad, good] = [caused('bad', poison.traceparent), caused('good', fine.traceparent)]
  await t.throwsAsync(handlingEvents([good, bad], () => Promise.reject(new PoisonEvents([[bad, 'no such order']]))))
  t.like((await spansOf(poison.traceId))[0], { isError: true, message: 'no such order' })
  const [span] = await spansOf(fine.traceId)
  t.false(span?.isError)
  t.is(span?.events[0]?.attributes['messaging.message.id'], bad.id)
})

test('what is sent carries the context of its sending; what was not acknowledged is in error', async t => {
  const [a, b] = [aTrace(), aTrace()]
  let sent: readonly StoredOutboxRow[] = []
  await sendingRows([row('A', a.traceparent), row('B', b.traceparent)], async rows => {
    sent = rows
    return { acknowledged: [0], tooLarge: [], unavailable: [], failure: new Error('the leader moved') }
  })
  const [[first], [second]] = [await spansOf(a.traceId), await spansOf(b.traceId)]
  t.like(first, { name: 'send order-events', kind: 'producer', parentSpanId: '00f067aa0ba902b7', isError: false })
  t.is(spanIn(sent[0]?.traceparent), first?.spanId)
  t.like(second, { isError: true, message: 'the leader moved' })
})

test('an event without a trace begins one', async t => {
  let traceparent: string | undefined
  await sendingRows([row('A', undefined)], async rows => {
    traceparent = rows[0]?.traceparent
    return { acknowledged: [0], tooLarge: [], unavailable: [] }
  })
  t.is((await spansOf(traceparent?.split('-')[1] ?? ''))[0]?.parentSpanId, '')
})

test('a dead letter is seen in the trace of its event, with the reason', async t => {
  const { traceId, traceparent } = aTrace()
  const record = {
    topic: 'order-events',
    partition: 2,
    offset: '17',
    timestamp: '0',
    key: Buffer.from('A'),
    value: null,
    headers: { ce_type: 'order.created', traceparent },
  }
  noteDeadLetter({ record, reason: 'no_value', message: 'the record has no value' })
  const [span] = await spansOf(traceId)
  t.like(span, { name: 'send order-events.dlq', kind: 'producer', isError: true, message: 'the record has no value' })
  t.like(span?.attributes, {
    'docket.dead_letter.reason': 'no_value',
    'docket.dead_letter.offset': 17,
    'error.type': 'no_value',
  })
})

test('what anyone wrote in place of an id or a type is not in the trace of a dead letter', async t => {
  const traceId = '9'.repeat(32)
  const record = {
    topic: 'order-events',
    partition: 2,
    offset: '18',
    timestamp: '0',
    key: Buffer.from('Anna Moor'),
    value: null,
    headers: { traceparent: `00-${traceId}-${'2'.repeat(16)}-01`, ce_id: 'anna@example', ce_type: 'Anna Moor' },
  }
  noteDeadLetter({ record, reason: 'unknown_type', message: 'header ce_type is not an event type: noun.verbed' })
  const [span] = await spansOf(traceId)
  t.is(span?.attributes['docket.dead_letter.offset'], 18)
  t.notRegex(JSON.stringify(span), /anna/i)
})

test('a sweep that had something to do is a trace with its statements; one that had nothing to do is none', async t => {
  const db = tracedDatabase(new FakeDatabase(), 'mysql://u:p@127.0.0.1/users')
  const sweep = (name: string, found: number) => sweeping(name, () => db.transaction(async () => found))
  await sweep('idle', 0)
  await sweep('busy', 3)
  const busy = await until('the sweep', async () => collector.spans.find(span => span.name === 'sweep busy'))
  t.deepEqual((await spansOf(busy.traceId, 2)).map(span => span.name).sort(), ['sweep busy', 'transaction'])
  t.is(busy.attributes['docket.sweep.done'], 3)
  t.deepEqual(
    collector.spans.filter(span => span.name === 'sweep idle'),
    [],
  )
})

test('a sweep that fails is there, however little it did', async t => {
  await t.throwsAsync(sweeping('broken', () => Promise.reject(new Error('no connection'))))
  t.like(await until('the sweep', async () => collector.spans.find(span => span.name === 'sweep broken')), {
    isError: true,
    message: 'no connection',
  })
})

test('a call that brought no answer is in error, though nothing was thrown', async t => {
  const { traceId, traceparent } = aTrace()
  await calling(
    { name: 'charge', attributes: {}, traceparent },
    async () => 'unavailable',
    result => (result === 'unavailable' ? 'the provider is unavailable' : undefined),
  )
  t.like((await spansOf(traceId))[0], {
    name: 'charge',
    kind: 'client',
    isError: true,
    message: 'the provider is unavailable',
  })
})

test('a request that fails is in error, with the reason; health is no trace', async t => {
  const broken = route({
    method: 'get',
    path: '/orders/:id',
    who: 'anyone',
    summary: 'Broken',
    answers: {},
    handle: () => Promise.reject(new Error('we were wrong')),
  })
  const { request } = await aServer(t, [broken])
  const { traceId, traceparent } = aTrace()
  for (const path of ['/livez', '/readyz', '/orders/7']) await request(path, { headers: { traceparent } })
  const [span] = await spansOf(traceId)
  t.like(span, { name: 'GET /orders/:id', kind: 'server', isError: true })
  t.like(span?.attributes, { 'http.response.status_code': 500, 'error.type': '500', 'url.path': '/orders/7' })
  t.is(span?.events[0]?.attributes['exception.message'], 'we were wrong')
  t.is(collector.spans.filter(span => span.traceId === traceId).length, 1)
})

test('a collector that does not accept spans is logged once, and so is its return', async t => {
  const moody = await startCollector()
  t.teardown(() => moody.close())
  const lines: { message: string; lost?: number }[] = []
  const settings = z.object(tracingSettings).parse({ OTEL_BSP_SCHEDULE_DELAY: '1' })
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = moody.endpoint // read when the exporter is created
  const { tracer, stop } = delivery(
    'test-service',
    '1',
    settings,
    pino(
      { level: 'info', messageKey: 'message' },
      { write: line => void lines.push(JSON.parse(line) as { message: string }) },
    ),
  )
  process.env.OTEL_EXPORTER_OTLP_ENDPOINT = collector.endpoint
  const deliver = async () => {
    const before = moody.deliveries.length
    tracer.startSpan('work').end()
    await until('it is delivered', async () => moody.deliveries.length > before)
  }
  moody.refuse(400)
  await deliver()
  await deliver()
  await until('that is logged', async () => lines.length > 0)
  moody.refuse(200)
  await deliver()
  await until('that is logged', async () => lines.length > 1)
  await stop()
  t.deepEqual(
    lines.map(({ message, lost }) => [message, lost]),
    [
      ['the collector does not accept spans; they are lost until it does', undefined],
      ['the collector accepts spans again', 2],
    ],
  )
})

const loaded = promisify(execFile)

async function modulesWith(env: Record<string, string>): Promise<string[]> {
  const script = `
    import { registerHooks } from 'node:module'
    const seen = new Set()
    registerHooks({ load(url, context, next) {
      const name = /@opentelemetry\\/([\\w-]+)\\//.exec(url)?.[1]
      if (name) seen.add(name)
      return next(url, context)
    } })
    await import('../service.ts')
    await import('../database/postgres.ts')
    await import('../database/mysql.ts')
    const { startTracing } = await import('./tracing.ts')
    const { readConfig } = await import('../config.ts')
    const { logger } = await import('../log.ts')
    await startTracing('test-service', '1', readConfig('test-service', process.env, 1, {}), logger('test', 'fatal'))
    console.log(JSON.stringify([...seen].sort()))
    process.exit(0)`
  const { stdout } = await loaded(process.execPath, ['--input-type=module', '-e', script], {
    cwd: import.meta.dirname,
    env: { PATH: process.env.PATH, DATABASE_URL: 'postgres://a:b@127.0.0.1:1/a', ...env },
  })
  return JSON.parse(stdout) as string[]
}

test('without a collector nothing of OpenTelemetry is loaded but the interface, which the metrics bring along', async t => {
  t.deepEqual(await modulesWith({}), ['api'])
  t.deepEqual(await modulesWith({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1', OTEL_SDK_DISABLED: 'true' }), [
    'api',
  ])
  t.true((await modulesWith({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://127.0.0.1:1' })).includes('sdk-trace'))
})

test('a wrong setting is named, and what would be right', t => {
  const read = (env: Record<string, string>) =>
    readConfig('order-service', { DATABASE_URL: 'postgres://a:b@127.0.0.1:1/a', ...env }, 8082, {})
  t.is(read({ OTEL_EXPORTER_OTLP_ENDPOINT: '' }).OTEL_EXPORTER_OTLP_ENDPOINT, undefined)
  t.throws(() => read({ OTEL_EXPORTER_OTLP_ENDPOINT: 'collector:4318' }), {
    message: /OTEL_EXPORTER_OTLP_ENDPOINT: must be the address of a collector .* such as http:/,
  })
  t.throws(() => read({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }), {
    message: /OTEL_EXPORTER_OTLP_PROTOCOL: must be http\/json/,
  })
  t.throws(() => read({ OTEL_TRACES_SAMPLER: 'some' }), { message: /OTEL_TRACES_SAMPLER: .*parentbased_traceidratio/ })
  t.throws(() => read({ OTEL_TRACES_SAMPLER_ARG: '7' }), { message: /OTEL_TRACES_SAMPLER_ARG/ })
})

test('of the traces that begin here no more are recorded per second than the limit, and a quiet second saves up no more', t => {
  let ms = 0
  const sampler = atMost(3, new AlwaysOnSampler(), () => ms)
  const recorded = (count: number) =>
    Array.from({ length: count }, () =>
      sampler.shouldSample(ROOT_CONTEXT, '0'.repeat(32), 'POST', SpanKind.SERVER, {}, []),
    ).filter(({ decision }) => decision === SamplingDecision.RECORD_AND_SAMPLED).length
  t.is(recorded(10), 3)
  ms += 1_000 / 3
  t.is(recorded(10), 1)
  ms += 60_000
  t.is(recorded(10), 3)
})

test('what is not recorded anyway does not count towards the limit', t => {
  const sampler = atMost(1, new AlwaysOffSampler())
  t.is(
    sampler.shouldSample(ROOT_CONTEXT, '0'.repeat(32), 'POST', SpanKind.SERVER, {}, []).decision,
    SamplingDecision.NOT_RECORD,
  )
  t.is(sampler.toString(), 'AtMost{1 a second, AlwaysOffSampler}')
})
