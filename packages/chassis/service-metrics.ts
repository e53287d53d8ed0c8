import type { DocketEvent, EventType } from '@docket/contract/event.ts'
import type { Database } from './database/database.ts'
import type { Measured } from './metric-registry.ts'
import type { TimedQuery } from './database/one-at-a-time.ts'
import type { OutboxMode, OutboxState } from './messaging/outbox-store.ts'
import type { RelayMeter } from './messaging/relay.ts'
import type { SweepMeter } from './sweeps.ts'

export const relayMeter = (measured: Measured): RelayMeter => ({
  sent(events: number) {
    measured.relayed.inc(events)
    measured.relayBatches.inc()
  },
  failed: () => measured.relayFailures.inc(),
  held: aggregates => measured.outboxHeld.set(aggregates),
})

export const sweepMeter = ({ sweepFailures, sweepsFailing }: Measured): SweepMeter => ({
  worked(sweep) {
    sweepFailures.inc({ sweep }, 0)
    sweepsFailing.set({ sweep }, 0)
  },
  failed(sweep) {
    sweepFailures.inc({ sweep })
    sweepsFailing.inc({ sweep })
  },
})

const unknownTypesShown = 20

/**
 * Counts events of types that this release does not know. Types come from outside, so the number of labels is limited,
 * as each is a time series. Returns whether the type is seen for the first time.
 */
export function unknownTypeMeter({ unknownEvents }: Pick<Measured, 'unknownEvents'>) {
  const shown = new Set<string>()
  return (topic: string, type: string, events: number): boolean => {
    const isNew = !shown.has(type) && shown.size < unknownTypesShown
    if (isNew) shown.add(type)
    unknownEvents.inc({ topic, type: shown.has(type) ? type : 'other' }, events)
    return isNew
  }
}

export function deliveryMeter(
  { delivery }: Measured,
  types: readonly EventType[],
): (events: readonly DocketEvent[]) => void {
  const byType = new Map(types.map(type => [type, delivery.labels(type)])) // labels are costly to make
  return events => {
    const now = Date.now()
    for (const { type, time } of events) byType.get(type)?.observe(Math.max(0, now - Date.parse(time)) / 1_000)
  }
}

export interface Health {
  database: TimedQuery<void>
  outbox: TimedQuery<OutboxState>
  outboxMode: OutboxMode
  troubles(): Record<string, string | undefined>
  waitsFor(): string | undefined
}

const patienceMs = 2_500 // a Kubernetes probe waits 3 s

export interface Answered<T> {
  value?: T
  trouble?: string
}

/** What was answered, or why nothing was. */
const answered = <T>(question: TimedQuery<T>, withinMs: number): Promise<Answered<T>> =>
  question(withinMs).then(
    value => ({ value }),
    (error: Error) => ({ trouble: error.message }),
  )

/** What the database says of itself, and of the outbox if it can count it in time. */
export const probed = ({ database, outbox }: Pick<Health, 'database' | 'outbox'>, countedWithinMs = patienceMs) =>
  Promise.all([answered(database, patienceMs), answered(outbox, countedWithinMs)])

const measuresMs = 1_500 // together with the other, less than the 5 s that Prometheus waits

/**
 * An unavailable dependency is shown as such, and only what it alone knows is left out: metrics are most needed when
 * something is wrong.
 */
export async function measure(measured: Measured, health: Health, measures: TimedQuery<void>): Promise<void> {
  const { outboxMode, troubles, waitsFor } = health
  const [ping, { value: outbox }] = await probed(health) // /readyz reports what failed
  const isUp = ping.trouble === undefined
  const parts = Object.entries(troubles())
  for (const [part, trouble] of parts) measured.stuck.set({ part }, Number(trouble !== undefined))
  if (outbox && outboxMode === 'relay') {
    measured.outboxRows.set(outbox.rows)
    measured.outboxAge.set(outbox.oldestSeconds)
  } else {
    measured.outboxRows.remove() // with Debezium, no row is ever visible
    measured.outboxAge.remove()
  }
  if (isUp) await measures(measuresMs).catch(measured.forget)
  else measured.forget()
  measured.up.set({ dependency: 'database' }, Number(isUp))
  measured.up.set({ dependency: 'kafka' }, Number(parts.every(([, trouble]) => trouble === undefined)))
  measured.ready.set(Number(isUp && waitsFor() === undefined))
}

export function measurePools({ connections, waiting: waits }: Measured, pools: Record<string, Database>): void {
  for (const [pool, db] of Object.entries(pools)) {
    const { total, idle, waiting } = db.poolSize()
    connections.set({ pool, state: 'idle' }, idle)
    connections.set({ pool, state: 'active' }, total - idle)
    waits.set({ pool }, waiting)
  }
}
