import test from 'ava'
import type { StoredDeadLetter } from '@docket/kafka/dead-letter-queue.ts'
import { causeOf, type Evidence } from './diagnosis.ts'
import type { ServiceState, Status } from './status.ts'

const names = ['user-service', 'order-service', 'inventory-service', 'payment-service', 'shipping-service']
const ready = (service: string): ServiceState => ({
  service,
  url: '',
  status: 'ready',
  version: '1',
  uptimeSeconds: 1,
  checks: {},
  outbox: { rows: 0, oldestSeconds: 0 },
  skewMs: 0,
})
const kafka: Status['kafka'] = { ok: true, brokers: '', topics: 10, lag: [], deadLetters: [] }
const well: Evidence = { services: names.map(ready), kafka, letters: [], payments: new Map(), deleted: new Set() }

const waiting = (service: string) => ({ id: 'A', waitsFor: { service, step: 'its step' } })
const letter = {
  id: 'order-events/17',
  topic: 'order-events',
  group: 'shipping-service',
  type: 'order.accepted',
  key: 'A',
  error: 'no such carrier',
  redrivenAt: null,
  dismissedAt: null,
} as StoredDeadLetter
const withService = (state: ServiceState): Evidence => ({
  ...well,
  services: well.services.map(one => (one.service === state.service ? state : one)),
})

test('an order that waits for nothing has no cause', t => {
  t.is(causeOf({ id: 'A' }, well), undefined)
})

test('a dead letter about the order is named, with how to redrive it', t => {
  t.like(causeOf(waiting('shipping-service'), { ...well, letters: [letter] }), {
    kind: 'dead_letter',
    text: 'shipping-service could not handle order.accepted: no such carrier',
    next: 'mend that, then: mgmt dlq redrive order-events/17',
  })
})

test('a dead letter about another order is no cause', t => {
  t.is(causeOf(waiting('shipping-service'), { ...well, letters: [{ ...letter, key: 'B' }] })?.kind, 'unknown')
})

test('the service that it waits for is unavailable', t => {
  const evidence = withService({ service: 'payment-service', url: '', status: 'away', detail: 'connection refused' })
  t.is(causeOf(waiting('payment-service'), evidence)?.text, 'payment-service is unavailable: connection refused')
  t.is(causeOf(waiting('shipping-service'), evidence)?.kind, 'unknown', 'another unavailable service is no cause')
})

test('Kafka is unavailable', t => {
  t.is(
    causeOf(waiting('payment-service'), { ...well, kafka: { ok: false, brokers: '', detail: 'no answer' } })?.kind,
    'kafka_away',
  )
})

test('Kafka that cannot be reached from here, but by the service, is no cause', t => {
  const seenFromHere = { ok: false, brokers: '', detail: 'no answer' } as const
  const withCheck = (check: { ok: boolean; detail?: string }) => ({
    ...withService({ ...(ready('payment-service') as ServiceState & { status: 'ready' }), checks: { kafka: check } }),
    kafka: seenFromHere,
  })
  const reachable = causeOf(waiting('payment-service'), withCheck({ ok: true }))
  t.is(reachable?.kind, 'unknown')
  t.regex(reachable?.next ?? '', /lag and dead letters are known where Kafka can be reached/)
  t.is(
    causeOf(waiting('payment-service'), withCheck({ ok: false, detail: 'no broker answers' }))?.text,
    'Kafka is unavailable: no broker answers',
  )
})

test('the service waits for its database', t => {
  const evidence = withService({
    ...(ready('payment-service') as ServiceState & { status: 'ready' }),
    status: 'not_ready',
    checks: { database: { ok: false, detail: 'refused' }, kafka: { ok: true } },
  })
  t.is(causeOf(waiting('payment-service'), evidence)?.text, 'payment-service is not ready: database: refused')
})

test('an outbox that could not be counted is named, as nothing is known of what waits in it', t => {
  const state = {
    ...ready('order-service'),
    checks: { database: { ok: true }, outbox: { ok: false, detail: 'no answer within 1 s' } },
  }
  t.deepEqual(causeOf(waiting('payment-service'), withService(state)), {
    kind: 'lag',
    text: 'the outbox of order-service could not be counted, so events may wait in it',
    next: 'see docs/runbooks/OutboxNotDraining.md',
  })
})

test('a payment that fails alone waits for an operator', t => {
  const answer = 'the provider answered 500'
  const evidence = { ...well, payments: new Map([['A', { attempts: 21, outcome: 'error', answer, stuck: true }]]) }
  t.like(causeOf(waiting('payment-service'), evidence), {
    kind: 'payment_stuck',
    next: 'mgmt payments retry A, or: mgmt payments give-up A',
  })
})

test('the payment provider fails', t => {
  const evidence = {
    ...well,
    payments: new Map([['A', { attempts: 4, outcome: 'error', answer: 'the provider answered 503' }]]),
  }
  t.is(
    causeOf(waiting('payment-service'), evidence)?.text,
    'the payment provider fails: the provider answered 503 (4 attempts)',
  )
})

test('the service is behind', t => {
  const evidence = { ...well, kafka: { ...kafka, lag: [{ group: 'shipping-service', lag: 1 }] } } as Evidence
  t.is(causeOf(waiting('shipping-service'), evidence)?.text, 'shipping-service is 1 event behind')
})

test('an event that Kafka has deleted is named with how to publish it again, unless something else keeps the order', t => {
  const evidence = { ...well, deleted: new Set(['A']) }
  t.like(causeOf(waiting('shipping-service'), evidence), { kind: 'event_deleted', next: 'mgmt orders resend A' })
  t.is(causeOf({ ...waiting('shipping-service'), id: 'B' }, evidence)?.kind, 'unknown')
  t.is(causeOf(waiting('shipping-service'), { ...evidence, letters: [letter] })?.kind, 'dead_letter')
})
