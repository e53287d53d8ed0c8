import { readdirSync, readFileSync } from 'node:fs'
import { query } from '@docket/reconciliation/query.ts'
import { serviceNames } from '@docket/addresses/addresses.ts'
import { adminUrl } from '@docket/test/support/database.ts'
import { replicaName } from '@docket/test/support/services.ts'
import type { World } from './world.ts'

export interface Held {
  service: string
  rssMb: number
  files: number
}

export interface Holdings {
  services: Held[]
  connections: number
}

export async function holdings({ replicas }: World): Promise<Holdings> {
  const [backends] = await query<{ n: number }>(
    adminUrl(),
    `SELECT count(*)::int AS n FROM pg_stat_activity WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
  )
  return {
    services: replicas.flatMap((processes, replica) =>
      serviceNames.map(service => heldBy(replicaName(service, replica), processes.of(service)?.pid ?? 0)),
    ),
    connections: backends?.n ?? 0,
  }
}

function heldBy(service: string, pid: number): Held {
  const pages = Number(readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ')[1])
  return { service, rssMb: Math.round((pages * 4_096) / 1e6), files: readdirSync(`/proc/${pid}/fd`).length }
}

export const countsBy = <T>(list: Iterable<T>, kindOf: (one: T) => string): Record<string, number> =>
  Object.fromEntries([...Map.groupBy(list, kindOf)].map(([kind, some]) => [kind, some.length]))

export interface Percentiles {
  p50: number
  p99: number
  max: number
}

export function percentilesOf(values: readonly number[]): Percentiles {
  const sorted = values.toSorted((a, b) => a - b)
  const at = (share: number) => sorted[Math.min(sorted.length - 1, Math.ceil(sorted.length * share) - 1)] ?? 0
  return { p50: at(0.5), p99: at(0.99), max: sorted.at(-1) ?? 0 }
}

export interface Happened {
  fault: string
  kind: string
  fromMs: number
  healedMs: number
}

export function recoveryMs(
  order: { createdMs: number; endedMs: number },
  faults: readonly Happened[],
): number | undefined {
  const met = faults.filter(
    ({ fromMs, healedMs }) => fromMs < order.endedMs && healedMs > order.createdMs - metBeforeMs,
  )
  const healed = Math.max(...met.map(({ healedMs }) => healedMs))
  if (met.length === 0 || healed >= order.endedMs) return undefined
  return order.endedMs - Math.max(order.createdMs, healed)
}

// a fault that healed just before an order may still affect it: a consumer group needs this long
const metBeforeMs = 10_000
