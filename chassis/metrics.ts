import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client'
import type { Tx } from './database.ts'

const seconds = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]

/** Something that only one service can count, by asking its database. */
export interface Measure {
  name: string
  help: string
  labels: readonly string[]
  /** A value for each combination of labels; what is not there is not shown. */
  read(tx: Tx): Promise<{ labels: Record<string, string>; value: number }[]>
}

/** The measurements that every service has, named by Prometheus' conventions, and its own. */
export function metrics(service: string, own: readonly Measure[] = []) {
  const registry = new Registry()
  registry.setDefaultLabels({ service })
  collectDefaultMetrics({ register: registry })
  const registers = [registry]
  const gauges = own.map(measure => ({ measure, gauge: new Gauge({ name: measure.name, help: measure.help, labelNames: [...measure.labels], registers }) }))
  return {
    registry,
    /** Brings the service's own up to date. */
    async look(tx: Tx) {
      await Promise.all(gauges.map(async ({ measure, gauge }) => {
        const found = await measure.read(tx)
        gauge.reset()
        for (const { labels, value } of found) gauge.set(labels, value)
      }))
    },
    http: new Histogram({ name: 'http_request_duration_seconds', help: 'Time to answer a request', labelNames: ['method', 'route', 'status'], buckets: seconds, registers }),
    batch: new Histogram({ name: 'docket_batch_duration_seconds', help: 'Time to handle a batch of events', buckets: seconds, registers }),
    events: new Counter({ name: 'docket_events_handled_total', help: 'Events handled', registers }),
    deadLetters: new Counter({ name: 'docket_dead_letters_total', help: 'Events set aside as dead letters', labelNames: ['reason'], registers }),
    outboxRows: new Gauge({ name: 'docket_outbox_rows', help: 'Events that wait to be sent', registers }),
    outboxAge: new Gauge({ name: 'docket_outbox_oldest_seconds', help: 'Age of the oldest event that waits to be sent', registers }),
    connections: new Gauge({ name: 'docket_database_connections', help: 'Database connections by state', labelNames: ['state'], registers }),
  }
}
