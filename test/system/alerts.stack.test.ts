import test from 'ava'
import { dashboards } from '@docket/k8s/check/monitoring/dashboards.ts'
import { seriesLookedAt } from '@docket/k8s/check/monitoring/problems.ts'
import { readRules } from '@docket/k8s/check/monitoring/rules.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import type { Stack } from '@docket/test/support/stack.ts'
import type { RunningPrometheus } from '@docket/test/support/prometheus.ts'
import {
  leftOut,
  patienceMs,
  program,
  slowly,
  startObserved,
  type Observed,
} from '@docket/test/support/scenarios/alerts.ts'

// Only a few alerts, because they take long to fire; alerts.long.test.ts has all the others.

let observed: Observed
let stack: Stack
let prometheus: RunningPrometheus

if (program === undefined) test.skip(`alerts that really fire (${leftOut})`, () => undefined)
else {
  test.before(async t => {
    t.timeout(300_000)
    observed = await startObserved()
    ;({ stack, prometheus } = observed)
  })
  test.after.always(() => observed?.stop())

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
        await Promise.all(Object.values(stack.ops).map(async url => (await fetch(`${url}/metrics`)).text()))
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

  test.serial('a record that is no event: a dead letter', async t => {
    slowly(t)
    await produceOnce(kafkaClient({ brokers: stack.sources.kafkaBrokers, clientId: 'poison' }), [
      { topic: 'order-events', key: 'unknown', value: 'not json', headers: {} },
    ])
    await observed.fires('DeadLettersWaiting', {
      service: 'inventory-service',
      topic: 'order-events',
      reason: 'no_type',
    })
    t.pass()
  })
}
