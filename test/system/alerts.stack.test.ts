import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { startProvider, type ProviderProcess } from '@docket/test/faults/provider/process.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { sendOnce } from '@docket/kafka/producer.ts'
import { addresses, serviceNames } from '@docket/addresses/addresses.ts'
import { environmentOf } from '@docket/addresses/environment.ts'
import { findTool, howToGetTools } from '@docket/k8s/check/monitoring/prometheus.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import { faster, startPrometheus, type RunningPrometheus } from '@docket/test/support/prometheus.ts'
import { startProxy, through, type Proxy } from '@docket/test/support/proxy.ts'
import { serviceProcesses } from '@docket/test/support/services.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'
import { dashboards } from '@docket/k8s/check/monitoring/dashboards.ts'
import { seriesLookedAt } from '@docket/k8s/check/monitoring/problems.ts'
import { readRules, rulesFile } from '@docket/k8s/check/monitoring/rules.ts'

// What an alert is about is made to happen, and a real Prometheus that looks at the real services has to notice. Time
// runs sixty times faster in the rules (`for: 2m` is 2 s); no threshold is another.

const program = findTool('prometheus')
const timesFaster = 60

let stack: Stack
let provider: ProviderProcess
let toDatabase: Proxy
let prometheus: RunningPrometheus
let folder: string
let holder: mysql.Connection

if (program === undefined)
  test.skip(`alerts that really fire (left out: prometheus is not there; ${howToGetTools})`, () => undefined)
else {
  test.before(async t => {
    t.timeout(300_000)
    const at = addresses()
    provider = await startProvider(at)
    toDatabase = await startProxy(at.postgres)
    const shippingUrl = environmentOf('shipping-service', at, secrets(at.dir)).DATABASE_URL ?? ''
    stack = await startStack({
      'order-service': { STUCK_AFTER: '1s' },
      'payment-service': { PAYMENT_PROVIDER: provider.url },
      'shipping-service': { DATABASE_URL: through(shippingUrl, toDatabase) },
    })
    holder = await mysql.createConnection(environmentOf('user-service', at, secrets(at.dir)).DATABASE_URL ?? '')
    folder = mkdtempSync(join(at.dir, 'prometheus-'))
    const targets = Object.fromEntries(serviceNames.map(name => [name, `http://127.0.0.1:${at.servicePort(name)}`]))
    prometheus = await startPrometheus({
      program,
      folder,
      targets,
      rules: faster(readFileSync(rulesFile, 'utf8'), timesFaster),
      stackFolder: at.dir,
    })
  })
  test.after.always(async () => {
    await prometheus?.stop()
    await stack?.stop()
    await Promise.all([provider?.kill(), toDatabase?.close(), holder?.end()])
    if (folder) rmSync(folder, { recursive: true })
  })

  const slowly = (t: ExecutionContext) => t.timeout(240_000)
  const patienceMs = 90_000
  const fires = (name: string, labels?: Record<string, string>) => prometheus.fires(name, labels, patienceMs)

  /** A session in a database of the stack, for somebody who holds a lock; ended after the test. */
  const aSession = async (t: ExecutionContext, url: string) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const end = () => client.end()
    t.teardown(end)
    return client
  }

  test.serial(
    'when all is well, nothing fires, and what rules and dashboards look at is shown by the services',
    async t => {
      slowly(t)
      const mug = await stack.item('mug', 10)
      const customer = await stack.customer()
      const ends = [
        await stack.order(customer, { [mug]: 1 }),
        await stack.order(customer, { [mug]: 99 }),
        await stack.order(customer, { [mug]: 1 }, 'tok_declined'),
      ]
      t.deepEqual(
        (await Promise.all(ends.map(order => stack.end(order)))).map(order => order.status),
        ['completed', 'rejected', 'cancelled'],
      )
      await prometheus.isSilent(undefined, patienceMs)
      const shown = (
        await Promise.all(Object.values(stack.services).map(async url => (await fetch(`${url}/metrics`)).text()))
      ).join('\n')
      const names = new Set([...shown.matchAll(/^([a-z_:]\w*)[{ ]/gm)].map(([, name]) => name))
      t.deepEqual(
        [...seriesLookedAt({ rules: readRules(), dashboards })].filter(name => !names.has(name)),
        [],
      )
      t.regex(shown, /docket_orders_ended_total\{status="completed",reason="none",service="order-service"\} [1-9]/)
      t.regex(shown, /docket_order_step_seconds_count\{service="order-service",step="shipment\.shipped"\} [1-9]/)
      t.regex(shown, /docket_event_delivery_seconds_count\{service="shipping-service",type="order\.accepted"\} [1-9]/)
      t.regex(
        shown,
        /docket_provider_request_duration_seconds_count\{service="payment-service",call="charge",outcome="captured"\} [1-9]/,
      )
      t.regex(shown, /docket_stock_rejections_total\{reason="out_of_stock",service="inventory-service"\} [1-9]/)
      t.regex(shown, /docket_relay_events_total\{service="order-service"\} [1-9]/)
      t.regex(shown, /docket_logins_total\{outcome="succeeded",service="user-service"\} [1-9]/)
    },
  )

  test.serial(
    'somebody holds the lock of an outbox; an event may wait for a minute before that is an alert, which the last test waits for',
    async t => {
      slowly(t)
      await stack.processes.whileAway('user-service', () =>
        until('the lock is ours', async () => {
          const [rows] = await holder.query<mysql.RowDataPacket[]>(
            `SELECT GET_LOCK(CONCAT(DATABASE(), '.outbox'), 1) AS held`,
          )
          return rows[0]?.held === 1
        }).then(() => undefined),
      )
      await stack.processes.untilReady('user-service')
      await stack.customer() // who signs up is an event
      const { outbox } = (await (await fetch(`${stack.services.user}/readyz`)).json()) as { outbox: { rows: number } }
      t.true(outbox.rows > 0)
    },
  )

  test.serial('a payment provider that fails: its alerts, orders that are stuck, and none that ends', async t => {
    slowly(t)
    await provider.behave({ fails: 1 })
    t.teardown(() => provider.behave({}))
    const mug = await stack.item('mug', 100)
    const customer = await stack.customer()
    const orders = await Promise.all(Array.from({ length: 15 }, () => stack.order(customer, { [mug]: 1 })))
    const waiting = new Set(orders.map(({ id }) => id))
    const more = setInterval(
      () =>
        void stack.order(customer, { [mug]: 1 }).then(
          ({ id }) => waiting.add(id),
          () => undefined,
        ),
      1_000,
    ) // a shop that is open
    t.teardown(() => clearInterval(more))
    await fires('BreakerOpen', { service: 'payment-service' })
    await fires('ProviderFailing')
    const { annotations } = await fires('OrdersStuck', { status: 'pending' })
    t.regex(annotations.description ?? '', /^\d+ pending orders have made no progress/)
    await fires('NoOrdersCompleting')
    clearInterval(more)
    await provider.behave({})
    for (const id of waiting) t.is((await stack.end({ id } as Parameters<Stack['end']>[0])).status, 'completed')
    for (const name of ['BreakerOpen', 'ProviderFailing', 'OrdersStuck', 'NoOrdersCompleting'])
      await prometheus.isSilent(name, patienceMs)
  })

  test.serial('a record that is no event: a dead letter', async t => {
    slowly(t)
    await sendOnce(kafkaClient({ brokers: stack.books.kafkaBrokers, clientId: 'poison' }), [
      { topic: 'order-events', key: 'nobody', value: 'not json', headers: {} },
    ])
    await fires('DeadLettersWaiting', { service: 'inventory-service', topic: 'order-events', reason: 'no_type' })
    t.pass()
  })

  test.serial('a service that was killed: nobody answers, and an accepted order waits for it', async t => {
    slowly(t)
    const mug = await stack.item('mug', 10)
    await stack.kill('shipping-service')
    const order = await stack.order(await stack.customer(), { [mug]: 1 })
    await fires('ServiceDown', { service: 'shipping-service' })
    await fires('ServiceNotReady', { service: 'shipping-service' })
    await fires('OrdersStuck', { status: 'accepted' })
    t.false(
      (await prometheus.alerts()).some(
        ({ labels }) => labels.alertname === 'ServiceDown' && labels.service !== 'shipping-service',
      ),
    )
    await stack.start('shipping-service')
    t.is((await stack.end(order)).status, 'completed')
    for (const name of ['ServiceDown', 'OrdersStuck']) await prometheus.isSilent(name, patienceMs)
  })

  test.serial('a service that does not reach Kafka', async t => {
    slowly(t)
    await stack.kill('shipping-service', 'SIGTERM')
    // nobody is there
    const astray = serviceProcesses(stack.at, { env: { 'shipping-service': { KAFKA_BROKERS: '127.0.0.1:9' } } })
    t.teardown(astray.stop)
    astray.start('shipping-service').catch(() => undefined) // it never is ready
    await fires('KafkaAway', { service: 'shipping-service' })
    t.false((await prometheus.alerts()).some(({ labels }) => labels.alertname === 'DatabaseAway'))
    await astray.stop()
    await stack.start('shipping-service')
    await prometheus.isSilent('KafkaAway', patienceMs)
  })

  test.serial(
    'a table that is locked: a consumer that stands still, requests that wait, are slow, and fail',
    async t => {
      slowly(t)
      const mug = await stack.item('mug', 10)
      const session = await aSession(t, stack.books.inventory)
      await session.query('BEGIN; LOCK TABLE items')
      const order = await stack.order(await stack.customer(), { [mug]: 1 })
      let open = true
      t.teardown(() => {
        open = false
      })
      const readers = Array.from({ length: 30 }, async () => {
        while (open) await stack.operator.get('inventory', `/items/${mug}`).catch(() => undefined)
      })
      await fires('PoolExhausted', { service: 'inventory-service', pool: 'web' })
      await fires('ConsumerLagGrowing', { service: 'inventory-service', topic: 'order-events' })
      await fires('HighErrorRate', { service: 'inventory-service' })
      await fires('HighLatency', { service: 'inventory-service' })
      t.is(
        (await fetch(`${stack.services.inventory}/readyz`)).status,
        200,
        'requests that wait do not make it look away',
      )
      open = false
      await session.query('ROLLBACK')
      await Promise.all(readers)
      t.is((await stack.end(order)).status, 'completed')
      for (const name of ['PoolExhausted', 'ConsumerLagGrowing']) await prometheus.isSilent(name, patienceMs)
    },
  )

  test.serial(
    'a database that is away: the service says so, and what only the database knows is not shown',
    async t => {
      slowly(t)
      toDatabase.halfOpen()
      t.teardown(() => toDatabase.heal())
      await fires('DatabaseAway', { service: 'shipping-service' })
      const text = await (await fetch(`${stack.services.shipping}/metrics`)).text()
      t.notRegex(text, /^docket_outbox_rows/m)
      t.regex(text, /^docket_events_handled_total/m)
      toDatabase.heal()
      toDatabase.cut()
      await prometheus.isSilent('DatabaseAway', patienceMs)
    },
  )

  test.serial('a sweep whose table is gone', async t => {
    slowly(t)
    const session = await aSession(t, stack.books.payments)
    const back = () => session.query('ALTER TABLE IF EXISTS payments_elsewhere RENAME TO payments')
    await session.query('ALTER TABLE payments RENAME TO payments_elsewhere')
    try {
      await fires('SweepsFailing', { service: 'payment-service', sweep: 'charge and refund' })
    } finally {
      await back()
    }
    await prometheus.isSilent('SweepsFailing', patienceMs)
    t.pass()
  })

  test.serial('a process that is given no time: its event loop is late', async t => {
    slowly(t)
    const child = stack.processes.of('user-service')
    let paused = true
    const pausing = (async () => {
      while (paused) {
        child?.kill('SIGSTOP')
        await new Promise(resolve => {
          setTimeout(resolve, 400)
        })
        child?.kill('SIGCONT')
        await new Promise(resolve => {
          setTimeout(resolve, 100)
        })
      }
    })()
    t.teardown(() => {
      paused = false
    })
    await fires('EventLoopLagging', { service: 'user-service' })
    paused = false
    await pausing
    t.pass()
  })

  test.serial('an outbox whose lock somebody else holds: the alert comes', async t => {
    slowly(t)
    const { annotations } = await fires('OutboxNotDraining', { service: 'user-service' })
    t.regex(annotations.description ?? '', /user-service has waited for \d+m/)
    await holder.query(`SELECT RELEASE_LOCK(CONCAT(DATABASE(), '.outbox'))`)
    await prometheus.isSilent('OutboxNotDraining', patienceMs)
  })
}
