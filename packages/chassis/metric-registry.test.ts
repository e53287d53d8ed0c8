import test from 'ava'
import type { DocketEvent } from '@docket/contract/event.ts'
import type { Tx } from './database/database.ts'
import { readiness } from './readiness.ts'
import {
  deliveryMeter,
  measure,
  measurePools,
  relayMeter,
  sweepMeter,
  unknownTypeMeter,
  type Health,
} from './service-metrics.ts'
import { counter, histogram, metrics, type Measure } from './metric-registry.ts'

const parcels: Measure = {
  name: 'docket_parcels',
  help: 'Parcels that wait',
  labels: ['carrier'],
  read: async () => [{ labels: { carrier: 'Swift' }, value: 3 }],
}
const noTx = {} as Tx // the measure of these tests queries no database

const well: Health = {
  database: async () => undefined,
  outbox: async () => ({ rows: 2, oldestSeconds: 1.5, modes: ['relay'] }),
  outboxMode: 'relay',
  troubles: () => ({ kafka: undefined, consumer: undefined, relay: undefined }),
  waitsFor: () => undefined,
}

test('where Debezium sends the events, nothing is said of the outbox, so that no alert looks at it', async t => {
  const measured = metrics('a-service', [parcels])
  await measure(measured, { ...well, outboxMode: 'debezium' }, () => measured.look(noTx))
  const text = await measured.registry.metrics()
  t.notRegex(text, /^docket_outbox_(rows|oldest_seconds)/m)
  t.regex(text, /^docket_ready\{service="a-service"\} 1$/m)
  t.regex(text, /carrier="Swift"/)
})

test('a service that is well says so, with its outbox and its own measures', async t => {
  const measured = metrics('a-service', [parcels])
  await measure(measured, well, () => measured.look(noTx))
  const text = await measured.registry.metrics()
  t.regex(text, /^docket_ready\{service="a-service"\} 1$/m)
  t.regex(text, /^docket_dependency_up\{dependency="database",service="a-service"\} 1$/m)
  t.regex(text, /^docket_outbox_rows\{service="a-service"\} 2$/m)
  t.regex(text, /^docket_parcels\{carrier="Swift",service="a-service"\} 3$/m)
})

test('an unavailable database is shown as such, and what only it knows is left out', async t => {
  const measured = metrics('a-service', [parcels])
  await measure(measured, well, () => measured.look(noTx))
  const refuses = () => Promise.reject(new Error('connection refused'))
  await measure(measured, { ...well, database: refuses, outbox: refuses }, () => measured.look(noTx))
  const text = await measured.registry.metrics()
  t.regex(text, /^docket_dependency_up\{dependency="database",service="a-service"\} 0$/m)
  t.regex(text, /^docket_dependency_up\{dependency="kafka",service="a-service"\} 1$/m)
  t.regex(text, /^docket_ready\{service="a-service"\} 0$/m)
  t.notRegex(text, /^docket_(outbox_\w+|parcels)\{/m)
  t.regex(text, /^process_cpu_seconds_total\{/m, 'the other metrics are there')
})

test('an outbox that cannot be counted in time is left out, and turns no client away', async t => {
  const measured = metrics('a-service', [parcels])
  const slow = { ...well, outbox: () => Promise.reject(new Error('no answer within 2.5 s')) }
  await measure(measured, slow, () => measured.look(noTx))
  const text = await measured.registry.metrics()
  t.regex(text, /^docket_ready\{service="a-service"\} 1$/m)
  t.regex(text, /^docket_dependency_up\{dependency="database",service="a-service"\} 1$/m)
  t.regex(text, /carrier="Swift"/)
  t.notRegex(text, /^docket_outbox_(rows|oldest_seconds)\{/m)
  t.like(await readiness('a-service', '1.0.0', slow), {
    status: 'ready',
    checks: { database: { ok: true }, outbox: { ok: false, detail: 'no answer within 2.5 s' } },
  })
})

test('a measure that fails is left out, and says nothing of the database', async t => {
  const measured = metrics('a-service', [parcels])
  await measure(measured, well, () => Promise.reject(new Error('canceling statement due to statement timeout')))
  const text = await measured.registry.metrics()
  t.regex(text, /^docket_dependency_up\{dependency="database",service="a-service"\} 1$/m)
  t.notRegex(text, /^docket_parcels\{/m)
})

test('before the start is complete it is not ready', async t => {
  const measured = metrics('a-service')
  await measure(measured, { ...well, waitsFor: () => 'the database' }, async () => undefined)
  t.regex(await measured.registry.metrics(), /^docket_ready\{service="a-service"\} 0$/m)
})

for (const part of ['kafka', 'consumer', 'relay']) {
  test(`a ${part} that does not get on is shown, and the service stays ready: its outbox keeps the events`, async t => {
    const measured = metrics('a-service')
    await measure(measured, { ...well, troubles: () => ({ [part]: 'no heartbeat' }) }, async () => undefined)
    const text = await measured.registry.metrics()
    t.regex(text, /^docket_ready\{service="a-service"\} 1$/m)
    t.regex(text, new RegExp(`^docket_stuck\\{part="${part}",service="a-service"\\} 1$`, 'm'))
    t.regex(text, /^docket_dependency_up\{dependency="kafka",service="a-service"\} 0$/m)
  })
}

test('connections are told apart by pool and state, and those that wait are counted', async t => {
  const measured = metrics('a-service')
  const pool = (total: number, idle: number, waiting: number) =>
    ({ poolSize: () => ({ total, idle, waiting }) }) as Parameters<typeof measurePools>[1][string]
  measurePools(measured, { web: pool(8, 1, 5), work: pool(2, 2, 0) })
  const text = await measured.registry.metrics()
  t.regex(text, /^docket_database_connections\{pool="web",state="active",service="a-service"\} 7$/m)
  t.regex(text, /^docket_database_connections_waiting\{pool="web",service="a-service"\} 5$/m)
  t.regex(text, /^docket_database_connections_waiting\{pool="work",service="a-service"\} 0$/m)
})

test('the time that an event was under way is counted by its type; a clock that is ahead makes none less than nothing', async t => {
  const measured = metrics('a-service')
  const event = (type: string, ageMs: number) =>
    ({ type, time: new Date(Date.now() - ageMs).toISOString() }) as DocketEvent
  deliveryMeter(measured, ['order.created', 'order.cancelled'])([
    event('order.created', 2_000),
    event('order.created', -60_000),
    event('order.cancelled', 0),
  ])
  const text = await measured.registry.metrics()
  t.regex(text, /^docket_event_delivery_seconds_count\{service="a-service",type="order\.created"\} 2$/m)
  t.regex(text, /^docket_event_delivery_seconds_bucket\{le="0\.05",service="a-service",type="order\.created"\} 1$/m)
})

test('a batch that the relay sent counts once, and each of its events', async t => {
  const measured = metrics('a-service')
  const meter = relayMeter(measured)
  meter.sent(3)
  meter.sent(2)
  meter.failed()
  const text = await measured.registry.metrics()
  t.regex(text, /^docket_relay_batches_total\{service="a-service"\} 2$/m)
  t.regex(text, /^docket_relay_events_total\{service="a-service"\} 5$/m)
  t.regex(text, /^docket_relay_failures_total\{service="a-service"\} 1$/m)
})

test('the failures of a sweep are counted, and those in a row until it works', async t => {
  const measured = metrics('a-service')
  const meter = sweepMeter(measured)
  const shown = async () =>
    [
      ...(await measured.registry.metrics()).matchAll(
        /^docket_sweep_(\w+)\{sweep="expire orders",service="a-service"\} (\d+)$/gm,
      ),
    ].map(found => found[2])
  meter.worked('expire orders')
  t.deepEqual(await shown(), ['0', '0'])
  meter.failed('expire orders')
  meter.failed('expire orders')
  t.deepEqual(await shown(), ['2', '2'])
  meter.worked('expire orders')
  t.deepEqual(await shown(), ['2', '0'])
})

test('every case of a counter is shown before it happens: from nothing to 1 is no increase', async t => {
  const measured = metrics(
    'a-service',
    [],
    [counter<'outcome'>('docket_things_total', 'Things', [{ outcome: 'done' }, { outcome: 'refused' }])],
  )
  t.regex(await measured.registry.metrics(), /^docket_things_total\{outcome="refused",service="a-service"\} 0$/m)
})

test('a name that two metrics have is refused', t => {
  t.throws(() => metrics('a-service', [], [histogram('docket_batch_duration_seconds', 'again', [])]), {
    message: /already been registered/,
  })
})

test('unknown event types are counted by type, with a limited number of labels', async t => {
  const measured = metrics('a-service')
  const count = unknownTypeMeter(measured)
  t.true(count('order-events', 'order.split', 2))
  t.false(count('order-events', 'order.split', 1))
  for (let type = 0; type < 40; type++) count('order-events', `order.kind${type}`, 1)
  const text = await measured.registry.metrics()
  t.regex(text, /^docket_unknown_events_total\{topic="order-events",type="order\.split",service="a-service"\} 3$/m)
  t.regex(text, /^docket_unknown_events_total\{topic="order-events",type="other",service="a-service"\} 21$/m)
  t.is(text.match(/^docket_unknown_events_total\{/gm)?.length, 21)
})
