import { formatDuration } from '../durations.ts'
import type { Look } from '../mgmt.ts'
import type { Readiness } from '../shapes.ts'
import { clean, table } from './table.ts'

export type ServiceState =
  | { service: string; url: string; status: 'ready' | 'not_ready'; version: string; uptimeSeconds: number; checks: Readiness['checks']; outbox: Readiness['outbox'] }
  | { service: string; url: string; status: 'away'; detail: string }

export interface Status {
  context: string
  services: ServiceState[]
  kafka:
    | { ok: true; brokers: string; topics: number; lag: { group: string; lag: number }[]; deadLetters: { topic: string; records: number }[] }
    | { ok: false; brokers: string; detail: string }
}

export function renderStatus({ services, kafka }: Status, look: Look): string {
  const { colour } = look
  const lag = new Map(kafka.ok ? kafka.lag.map(one => [one.group, one.lag]) : [])
  const rows = services.map(service => service.status === 'away'
    ? [service.service, colour.red('away'), '', '', '', '', clean(service.detail)]
    : [
      service.service, service.status === 'ready' ? colour.green('ready') : colour.yellow('not ready'), service.version, formatDuration(service.uptimeSeconds * 1_000),
      String(service.outbox.rows), String(lag.get(service.service) ?? '–'), clean(troubleOf(service.checks)),
    ])
  return [
    table(['SERVICE', 'STATE', 'VERSION', 'UP', 'OUTBOX', 'LAG', ''], rows, look, [3, 4, 5], [6]),
    '',
    kafka.ok ? `Kafka ${colour.green('ready')} at ${kafka.brokers}, ${kafka.topics} topics` : `Kafka ${colour.red('away')} at ${kafka.brokers}: ${clean(kafka.detail)}`,
    ...kafka.ok && kafka.deadLetters.length > 0 ? [`dead letters: ${kafka.deadLetters.map(({ topic, records }) => `${topic} ${records}`).join(', ')}`] : [],
  ].join('\n')
}

const troubleOf = (checks: Readiness['checks']) =>
  Object.entries(checks).flatMap(([name, { ok, detail }]) => ok ? [] : [`${name}: ${detail ?? 'not ok'}`]).join('; ')
