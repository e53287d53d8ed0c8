import { patienceMs, type Health } from './service-metrics.ts'

export async function readiness(service: string, version: string, health: Health) {
  const start = health.waitsFor()
  const database =
    start === 'stopping' // then the answer must come at once: load balancers wait for it before they stop sending requests
      ? { ok: false as const, detail: 'no longer checked' }
      : await health.database(patienceMs).then(
          outbox => ({ ok: true as const, outbox }),
          (error: Error) => ({ ok: false as const, detail: error.message }),
        )
  const checkOf = (trouble: string | undefined) =>
    trouble === undefined ? { ok: true } : { ok: false, detail: trouble }
  const checks = {
    database: database.ok ? { ok: true } : { ok: false, detail: database.detail },
    start: checkOf(start),
    ...Object.fromEntries(Object.entries(health.troubles()).map(([part, trouble]) => [part, checkOf(trouble)])),
  }
  return {
    // not by Kafka, but for the first contact (`start`): events wait in the outbox while it is unavailable
    status: checks.database.ok && checks.start.ok ? ('ready' as const) : ('not_ready' as const),
    service,
    version,
    uptimeSeconds: Math.round(process.uptime()),
    checks,
    outbox: { mode: health.outboxMode, ...(database.ok ? database.outbox : { rows: 0, oldestSeconds: 0, modes: [] }) },
  }
}
