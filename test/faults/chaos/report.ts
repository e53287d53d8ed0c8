import type { Happened, Holdings } from './measure.ts'
import type { Measured, Verdict } from './verdict.ts'

export interface Report {
  seed: number
  minutes: number
  replicas: number
  startedAt: string
  faults: { total: number; byKind: Record<string, number>; list: Happened[] }
  poisoned: number
  retries: number
  signUps: number
  done: Record<string, number>
  measured: Measured
  before: Holdings
  after: Holdings
  verdicts: Verdict[]
  held: boolean
}

const shownOfEach = 10
const seconds = (ms: number) => `${(ms / 1_000).toFixed(1)} s`

export function textOf({
  seed,
  minutes,
  replicas,
  faults,
  poisoned,
  retries,
  signUps,
  done,
  measured,
  before,
  after,
  verdicts,
  held,
}: Report): string {
  const { orders, latencyMs, recoveryMs, rate, exits } = measured
  const byKind = Object.entries(faults.byKind)
    .sort(([, a], [, b]) => b - a)
    .map(([kind, count]) => `${kind} ${count}`)
    .join(', ')
  return [
    `seed ${seed}, ${minutes} minutes, ${replicas} of each service, ${faults.total} faults: ${byKind}`,
    `${orders.acknowledged} orders acknowledged, ${orders.completed} completed, ${orders.cancelled} cancelled, ${orders.rejected} rejected; ${orders.lost} lost, ${orders.duplicateCharges} charged twice, ${orders.oversold} items oversold`,
    `${rate.usual.toFixed(1)} orders a second without faults, ${rate.underFaults.toFixed(1)} under faults; ${retries} requests repeated, ${signUps} sign-ups, ${poisoned} poison messages`,
    `done to accepted orders: ${Object.entries(done)
      .map(([what, times]) => `${times} ${what}`)
      .sort()
      .join(', ')}`,
    `from acknowledged to ended: p50 ${seconds(latencyMs.p50)}, p99 ${seconds(latencyMs.p99)}, max ${seconds(latencyMs.max)}`,
    `from healed to ended, ${recoveryMs.orders} orders: p50 ${seconds(recoveryMs.p50)}, p99 ${seconds(recoveryMs.p99)}, max ${seconds(recoveryMs.max)}`,
    `processes that ended unasked: ${
      Object.entries(exits)
        .map(([how, count]) => `${how} ${count}`)
        .join(', ') || 'none'
    }`,
    `held before and after: ${after.services
      .map(({ service, rssMb, files }) => {
        const was = before.services.find(one => one.service === service)
        return `${service.replace('-service', '')} ${was?.rssMb} -> ${rssMb} MB, ${was?.files} -> ${files} files`
      })
      .join('; ')}; PostgreSQL connections ${before.connections} -> ${after.connections}`,
    '',
    ...verdicts.flatMap(({ invariant, statement, wrong }) => [
      `${wrong.length === 0 ? 'held ' : 'WRONG'} ${invariant.padEnd(3)} ${statement}`,
      ...wrong.slice(0, shownOfEach).map(sentence => `          ${sentence}`),
      ...(wrong.length > shownOfEach ? [`          and ${wrong.length - shownOfEach} more`] : []),
    ]),
    '',
    held ? 'Everything held.' : 'Not everything held.',
  ].join('\n')
}
