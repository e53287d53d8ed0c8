import test from 'ava'
import type { OrderSteps } from '../client/generated/answers.ts'
import type { Order } from '../client/shapes.ts'
import type { ServiceState } from '../system/status.ts'
import type { Vitals } from '../system/system-state.ts'
import { withTroubles } from './troubles.ts'

const at = '2026-01-31T12:00:00.000Z'
const now = Date.parse(at)
const step = (
  orders: number,
  waitedMs: number,
  name: 'charge' | 'handover' = 'charge',
): OrderSteps['steps'][number] => ({
  name,
  service: 'payment-service',
  step: 'the charge',
  orders,
  stuck: 0,
  perSecond: 0,
  ...(orders > 0 && { oldestSince: new Date(now - waitedMs).toISOString() }),
})
const ready = { service: 'payment-service', url: '', status: 'ready', checks: {}, skewMs: 0 } as ServiceState
const unavailable: ServiceState = { service: 'payment-service', url: '', status: 'away', detail: 'refused' }
const vitals = (service: ServiceState, lag = 0): Vitals => ({
  services: [service],
  kafka: { ok: true, brokers: '', topics: 1, lag: [{ group: 'payment-service', lag }], deadLetters: [] },
  letters: [],
})
const stuckBy = (kind: NonNullable<Order['cause']>['kind']) =>
  ({
    id: 'A',
    waitsFor: { name: 'charge', service: 'payment-service', step: 'the charge', since: '' },
    cause: { kind, text: `by ${kind}`, next: 'mgmt status' },
  }) as Order

for (const [what, given, evidence, kind] of [
  ['no order waits for it', step(0, 0), vitals(unavailable), undefined],
  ['orders pass it at once', step(5, 900), vitals(ready, 40), undefined],
  ['its service is unavailable', step(5, 30_000), vitals(unavailable), 'service_away'],
  ['its service is behind', step(5, 30_000), vitals(ready, 40), 'lag'],
  ['nothing is known of the services', step(5, 30_000), undefined, undefined],
  ['people have their time', step(5, 3_600_000, 'handover'), vitals(unavailable), undefined],
] as const)
  test(`whether a step stands still: ${what}`, t => {
    t.is(withTroubles({ at, steps: [given] }, { vitals: evidence, stuck: [] })[0]?.trouble?.kind, kind)
  })

test('what keeps a stuck order keeps its step', t => {
  const stuck = [stuckBy('unknown'), stuckBy('dead_letter')]
  t.is(
    withTroubles({ at, steps: [step(5, 30_000)] }, { vitals: vitals(unavailable), stuck })[0]?.trouble?.text,
    'by dead_letter',
  )
  t.is(
    withTroubles({ at, steps: [step(5, 30_000)] }, { vitals: vitals(ready), stuck: [stuckBy('unknown')] })[0]?.trouble
      ?.kind,
    'unknown',
  )
})
