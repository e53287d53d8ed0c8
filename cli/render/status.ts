import { formatDuration } from '../input/durations.ts'
import type { Look } from './look.ts'
import type { ReadinessDetails } from '../client/shapes.ts'
import { isUncounted, shownTo, troubleOf, type Status } from '../system/status.ts'
import { clean, facts, table } from './table.ts'

export function renderStatus({ services, kafka, orders }: Status, look: Look): string {
  const { colour } = look
  const lag = new Map(kafka.ok ? kafka.lag.map(one => [one.group, one.lag]) : [])
  const rows = services.map(service =>
    service.status === 'away'
      ? [service.service, colour.red('unavailable'), '', '', '', '', '', clean(service.detail)]
      : [
          service.service,
          service.status === 'ready' ? colour.green('ready') : colour.yellow('not ready'),
          clean(service.version ?? '–'),
          service.uptimeSeconds === undefined ? '–' : formatDuration(service.uptimeSeconds * 1_000),
          databaseOf(service.checks, look),
          outboxOf(service),
          String(lag.get(service.service) ?? '–'),
          clean(troubleOf(service.checks)),
        ],
  )
  return [
    table(['SERVICE', 'STATE', 'VERSION', 'UP', 'DB', 'OUTBOX', 'LAG', ''], rows, look, [3, 5, 6], [7]),
    '',
    facts(
      [
        ['details', services.some(service => service.status !== 'away' && !service.checks) ? shownTo : undefined],
        [
          'Kafka',
          kafka.ok
            ? `${colour.green('ready')} at ${kafka.brokers}, ${kafka.topics} topics`
            : `${colour.red('unavailable')} at ${kafka.brokers}: ${clean(kafka.detail)}`,
        ],
        ['orders', ordersInWords(orders)],
        [
          'stuck',
          orders.stuck === undefined
            ? 'log in as an operator to see'
            : orders.stuck === 0
              ? 'none'
              : colour.red(`${orders.stuck}, see: mgmt orders list --stuck`),
        ],
        ['dead letters', kafka.ok ? lettersInWords(kafka.deadLetters, look) : undefined],
      ],
      look,
    ),
  ].join('\n')
}

function databaseOf(checks: ReadinessDetails['checks'] | undefined, { colour }: Look): string {
  if (!checks) return '–'
  return checks.database?.ok === false ? colour.red('unavailable') : 'ok'
}

function outboxOf(details: Partial<ReadinessDetails>): string {
  if (!details.outbox) return '–'
  if (isUncounted(details)) return '?'
  const { rows, oldestSeconds, mode } = details.outbox
  return rows === 0 ? (mode === 'debezium' ? mode : '0') : `${rows}, ${formatDuration(oldestSeconds * 1_000)}`
}

const ordersInWords = ({ perMinute }: Status['orders']) =>
  perMinute &&
  `${perMinute.created} created in the last minute, ${perMinute.completed} completed, ${perMinute.rejected} rejected, ${perMinute.cancelled} cancelled`

const lettersInWords = (letters: readonly { topic: string; waiting: number }[], { colour }: Look) =>
  letters.length === 0
    ? 'none waits'
    : colour.red(`${letters.map(({ topic, waiting }) => `${clean(topic)} ${waiting}`).join(', ')}, see: mgmt dlq list`)
