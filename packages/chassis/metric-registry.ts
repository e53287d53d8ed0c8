import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry, type Metric } from 'prom-client'
import type { Tx } from './database/database.ts'

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const longSeconds = [0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 300, 900] // up to the reservation window of an order

// each sample wakes the process: at prom-client's 10 ms, they take half of the CPU that a service uses at rest
const eventLoopSampleMs = 100

export interface Measure {
  name: string
  help: string
  labels: readonly string[]
  read(tx: Tx): Promise<{ labels: Record<string, string>; value: number }[]>
}

export type OwnMetric = Metric

/**
 * A counter of one service. `cases` are all possible combinations of labels. They start at 0, because Prometheus does
 * not see an increase from nothing to 1.
 */
export function counter<Label extends string = never>(
  name: string,
  help: string,
  cases: readonly Record<Label, string>[] = [],
): Counter<Label> {
  const made = new Counter<Label>({ name, help, labelNames: labelsOf(cases), registers: [] })
  for (const labels of cases) made.inc(labels, 0)
  return made
}

export function histogram<Label extends string>(
  name: string,
  help: string,
  labels: readonly Label[],
  long = false,
): Histogram<Label> {
  return new Histogram({ name, help, labelNames: [...labels], buckets: long ? longSeconds : seconds, registers: [] })
}

export const gauge = (name: string, help: string): Gauge => new Gauge({ name, help, registers: [] })

const labelsOf = <Label extends string>(cases: readonly Record<Label, string>[]) =>
  Object.keys(cases[0] ?? {}) as Label[] // all cases have the same labels

export type Measured = ReturnType<typeof metrics>

export function metrics(service: string, measures: readonly Measure[] = [], own: readonly OwnMetric[] = []) {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  collectDefaultMetrics({ register: registry, eventLoopMonitoringPrecision: eventLoopSampleMs })
  for (const metric of own) registry.registerMetric(metric)
  const registers = [registry]
  return {
    registry,
    ...measuredBy(measures, registers),
    ...serviceMetrics(registers),
    ...consumerMetrics(registers),
    ...outboxMetrics(registers),
    ...sweepMetrics(registers),
    ...poolMetrics(registers),
  }
}

function measuredBy(measures: readonly Measure[], registers: Registry[]) {
  const gauges = measures.map(measure => ({
    measure,
    gauge: new Gauge({ name: measure.name, help: measure.help, labelNames: [...measure.labels], registers }),
  }))
  return {
    forget() {
      for (const { gauge } of gauges) gauge.reset()
    },
    /** Updates the service's own measures one after another, because they share one connection. */
    async look(tx: Tx) {
      for (const { measure, gauge } of gauges) {
        const found = await measure.read(tx)
        gauge.reset()
        for (const { labels, value } of found) gauge.set(labels, value)
      }
    },
  }
}

const serviceMetrics = (registers: Registry[]) => ({
  http: new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Time to answer a request',
    labelNames: ['method', 'route', 'status'],
    buckets: seconds,
    registers,
  }),
  ready: new Gauge({ name: 'docket_ready', help: '1 when /readyz says ready', registers }),
  up: new Gauge({
    name: 'docket_dependency_up',
    help: '1 while the dependency answers: database, kafka',
    labelNames: ['dependency'],
    registers,
  }),
  stuck: new Gauge({
    name: 'docket_stuck',
    help: '1 while a part of the service makes no progress: kafka (no contact yet), consumer, relay, revocations. /readyz gives the reason',
    labelNames: ['part'],
    registers,
  }),
  revocationsHeard: new Gauge({
    name: 'docket_revocations_heard',
    help: '1 while this replica learns of logouts and removed rights at once; 0: a token stays valid until it expires, 5 minutes at most',
    registers,
  }),
})

const consumerMetrics = (registers: Registry[]) => ({
  batch: new Histogram({
    name: 'docket_batch_duration_seconds',
    help: 'Time to handle a batch of events',
    buckets: seconds,
    registers,
  }),
  events: new Counter({ name: 'docket_events_handled_total', help: 'Events handled', registers }),
  delivery: new Histogram({
    name: 'docket_event_delivery_seconds',
    help: 'Time from publishing an event to having handled it, by type, including outbox, relay, Kafka, consumer and handler',
    labelNames: ['type'],
    buckets: longSeconds,
    registers,
  }),
  lag: new Gauge({
    name: 'docket_consumer_lag_records',
    help: 'Records waiting for this member of the consumer group, as of its last poll',
    labelNames: ['topic'],
    registers,
  }),
  deadLetters: new Counter({
    name: 'docket_dead_letters_total',
    help: 'Events that were dead-lettered',
    labelNames: ['topic', 'reason'],
    registers,
  }),
  unknownEvents: new Counter({
    name: 'docket_unknown_events_total',
    help: 'Events ignored because this release does not know their type; from the 21st type on, type is other',
    labelNames: ['topic', 'type'],
    registers,
  }),
  pastEvents: new Counter({
    name: 'docket_past_events_total',
    help: 'Events ignored because retention has passed their order: a replay, or an old dead letter that was redriven',
    labelNames: ['type'],
    registers,
  }),
})

const outboxMetrics = (registers: Registry[]) => ({
  outboxRows: new Gauge({
    name: 'docket_outbox_rows',
    help: 'Events waiting to be sent, or sent within the last second',
    registers,
  }),
  outboxAge: new Gauge({
    name: 'docket_outbox_oldest_seconds',
    help: 'Age of the oldest event waiting to be sent',
    registers,
  }),
  outboxHeld: new Gauge({
    name: 'docket_relay_held_aggregates',
    help: 'Aggregates whose events wait in the outbox because one is larger than its topic accepts',
    registers,
  }),
  relayed: new Counter({
    name: 'docket_relay_events_total',
    help: 'Events that the relay sent from the outbox to Kafka',
    registers,
  }),
  relayBatches: new Counter({ name: 'docket_relay_batches_total', help: 'Batches that the relay sent', registers }),
  relayFailures: new Counter({
    name: 'docket_relay_failures_total',
    help: 'Failures of the relay; unsent events stay in the outbox',
    registers,
  }),
})

const sweepMetrics = (registers: Registry[]) => ({
  sweepFailures: new Counter({
    name: 'docket_sweep_failures_total',
    help: 'Runs of a sweep that failed; it comes again',
    labelNames: ['sweep'],
    registers,
  }),
  sweepsFailing: new Gauge({
    name: 'docket_sweep_consecutive_failures',
    help: 'Failed runs of a sweep since the last successful one',
    labelNames: ['sweep'],
    registers,
  }),
})

const poolMetrics = (registers: Registry[]) => ({
  connections: new Gauge({
    name: 'docket_database_connections',
    help: 'Open database connections of the pool for requests (web) or for events (work), idle or active',
    labelNames: ['pool', 'state'],
    registers,
  }),
  waiting: new Gauge({
    name: 'docket_database_connections_waiting',
    help: 'Requests for a database connection that are waiting',
    labelNames: ['pool'],
    registers,
  }),
})
