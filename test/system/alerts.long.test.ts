import test, { type ExecutionContext } from 'ava'
import mysql from 'mysql2/promise'
import pg from 'pg'
import { addresses } from '@docket/addresses/addresses.ts'
import { environmentOf } from '@docket/addresses/environment.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import type { ProviderProcess } from '@docket/test/faults/provider/process.ts'
import type { RunningPrometheus } from '@docket/test/support/prometheus.ts'
import type { Proxy } from '@docket/test/support/proxy.ts'
import { serviceProcesses } from '@docket/test/support/services.ts'
import type { Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'
import {
  leftOut,
  patienceMs,
  program,
  slowly,
  startObserved,
  type Observed,
} from '@docket/test/support/scenarios/alerts.ts'

let observed: Observed
let stack: Stack
let provider: ProviderProcess
let toDatabase: Proxy
let prometheus: RunningPrometheus
let holder: mysql.Connection

if (program === undefined) test.skip(`alerts that really fire (${leftOut})`, () => undefined)
else {
  test.before(async t => {
    t.timeout(300_000)
    observed = await startObserved()
    ;({ stack, provider, toDatabase, prometheus } = observed)
    const at = addresses()
    holder = await mysql.createConnection(environmentOf('user-service', at, secrets(at.dir)).DATABASE_URL ?? '')
  })
  test.after.always(async () => {
    await observed?.stop()
    await holder?.end()
  })

  const fires: Observed['fires'] = (name, labels) => observed.fires(name, labels)

  const aSession = async (t: ExecutionContext, url: string) => {
    const client = new pg.Client({ connectionString: url })
    await client.connect()
    const end = () => client.end()
    t.teardown(end)
    return client
  }

  test.serial(
    'somebody holds the lock of an outbox; an event may wait for a minute before that is an alert, which the last test waits for',
    async t => {
      slowly(t)
      await stack.processes.whileDown('user-service', () =>
        until('the lock is ours', async () => {
          const [rows] = await holder.query<mysql.RowDataPacket[]>(
            `SELECT GET_LOCK(CONCAT(DATABASE(), '.outbox'), 1) AS held`,
          )
          return rows[0]?.held === 1
        }).then(() => undefined),
      )
      await stack.processes.untilReady('user-service')
      await stack.customer() // who signs up is an event
      const { outbox } = (await (await fetch(`${stack.ops.user}/readyz`)).json()) as { outbox: { rows: number } }
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

  test.serial('a service that was killed: nothing answers, and an accepted order waits for it', async t => {
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
    // there is no service
    const astray = serviceProcesses(stack.at, { env: { 'shipping-service': { KAFKA_BROKERS: '127.0.0.1:9' } } })
    t.teardown(astray.stop)
    astray.start('shipping-service').catch(() => undefined) // it is not ready for its first minute
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
      const session = await aSession(t, stack.sources.inventory)
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
        'waiting requests do not make it look unavailable',
      )
      open = false
      await session.query('ROLLBACK')
      await Promise.all(readers)
      t.is((await stack.end(order)).status, 'completed')
      for (const name of ['PoolExhausted', 'ConsumerLagGrowing']) await prometheus.isSilent(name, patienceMs)
    },
  )

  test.serial(
    'an unavailable database: the service reports it, and what only the database knows is not shown',
    async t => {
      slowly(t)
      toDatabase.halfOpen()
      t.teardown(() => toDatabase.heal())
      await fires('DatabaseAway', { service: 'shipping-service' })
      const text = await (await fetch(`${stack.ops.shipping}/metrics`)).text()
      t.notRegex(text, /^docket_outbox_rows/m)
      t.regex(text, /^docket_events_handled_total/m)
      toDatabase.heal()
      toDatabase.cut()
      await prometheus.isSilent('DatabaseAway', patienceMs)
    },
  )

  test.serial('a sweep whose table is gone', async t => {
    slowly(t)
    const session = await aSession(t, stack.sources.payments)
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
