import { probed, type Answered, type Health } from './service-metrics.ts'

const countedWithinMs = 1_000 // who asks whether a service is ready may have little more patience

export async function readiness(service: string, version: string, health: Health) {
  const start = health.waitsFor()
  const isStopping = start === 'stopping' // then the answer must come at once: load balancers wait for it before they stop sending requests
  const [database, outbox] = isStopping ? [unchecked, unchecked] : await probed(health, countedWithinMs)
  const checkOf = (trouble: string | undefined) =>
    trouble === undefined ? { ok: true } : { ok: false, detail: trouble }
  const checks = {
    database: checkOf(database.trouble),
    ...(database.trouble === undefined && outbox.trouble !== undefined && { outbox: checkOf(outbox.trouble) }),
    start: checkOf(start),
    ...Object.fromEntries(Object.entries(health.troubles()).map(([part, trouble]) => [part, checkOf(trouble)])),
  }
  return {
    // an outbox that takes long to count, as during a dump, turns no client away;
    // Kafka counts only until the first contact (`start`): later, events wait in the outbox while it is unavailable
    status: checks.database.ok && checks.start.ok ? ('ready' as const) : ('not_ready' as const),
    service,
    version,
    uptimeSeconds: Math.round(process.uptime()),
    checks,
    outbox: { mode: health.outboxMode, ...(outbox.value ?? { rows: 0, oldestSeconds: 0, modes: [] }) },
  }
}

const unchecked: Answered<never> = { trouble: 'no longer checked' }
