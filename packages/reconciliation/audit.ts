import { setTimeout as pause } from 'node:timers/promises'
import { groupLags } from '@docket/kafka/admin.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import type { Sources } from './sources.ts'
import type { Snapshot, Finding, Unchecked } from './snapshot.ts'
import { query } from './query.ts'
import { readSnapshot } from './read.ts'
import { findings, isUnderWay, unchecked, type Strictness } from './invariants.ts'

export interface Reconciliation {
  findings: Finding[]
  unchecked: Unchecked
  counts: { orders: number; underWay: number; events: number; deadLetters: number; items: number; payments: number }
  seconds: number
}

const looksAtMost = 4
const betweenLooksMs = 2_000

/**
 * Reconciles a stack that may be under load. Orders under way are not judged, and anything that looks wrong is checked
 * again, because the databases and topics are not read at the same instant. With a mark, only what changed since is read.
 */
export async function reconcile(
  at: Sources,
  { patienceSeconds = 60, since }: Partial<Strictness> & { since?: Date | undefined } = {},
): Promise<Reconciliation> {
  const strictness = { patienceSeconds }
  const began = performance.now()
  let snapshot = await readSnapshot(at, since)
  let found = findings(snapshot, strictness)
  for (let look = 1; found.length > 0 && look < looksAtMost; look++) {
    await pause(betweenLooksMs)
    const before = new Set(found.map(nameOf))
    snapshot = await readSnapshot(at, since)
    found = findings(snapshot, strictness).filter(finding => before.has(nameOf(finding)))
  }
  return {
    findings: found,
    unchecked: unchecked(snapshot),
    counts: countsOf(snapshot, strictness),
    seconds: (performance.now() - began) / 1_000,
  }
}

const nameOf = ({ invariant, about }: Finding) => `${invariant} ${about}`

function countsOf(snapshot: Snapshot, strictness: Strictness): Reconciliation['counts'] {
  const histories = [...snapshot.histories.values()].flatMap(byKey => [...byKey.values()])
  return {
    orders: snapshot.orders.size,
    underWay: [...snapshot.orders.values()].filter(order => isUnderWay(order, strictness)).length,
    events: histories.reduce((sum, history) => sum + history.types.length, 0),
    deadLetters: snapshot.letters.length,
    items: snapshot.items.length,
    payments: snapshot.payments.size,
  }
}

export async function reconcileAtRest(at: Sources, withinMs = 60_000): Promise<Finding[]> {
  await untilAtRest(at, withinMs)
  return findings(await readSnapshot(at), { patienceSeconds: 0 })
}

export async function untilAtRest(at: Sources, withinMs = 60_000): Promise<string[]> {
  let open: string[] = []
  let calm = 0
  for (const deadline = Date.now() + withinMs; Date.now() < deadline; await pause(50)) {
    open = await underWay(at).catch((error: unknown) => [`what is under way cannot be seen: ${messageOf(error)}`]) // a server that is not back yet
    calm = open.length === 0 ? calm + 1 : 0
    if (calm === 2) break // twice, because events may have moved between the two reads
  }
  return open
}

async function underWay(at: Sources): Promise<string[]> {
  const outbox = `SELECT 'events in an outbox' AS what, count(*)::int AS n FROM outbox`
  const open: [string, string][] = [
    [
      at.orders,
      `
      ${outbox}
      UNION ALL SELECT 'orders', count(*)::int FROM orders WHERE status IN ('pending', 'accepted') AND late_at IS NULL
      UNION ALL SELECT 'cancel requests', count(*)::int FROM cancel_requests WHERE answered_at IS NULL`,
    ],
    [at.inventory, outbox],
    [
      at.payments,
      `
      ${outbox}
      UNION ALL SELECT 'payments', count(*)::int FROM payments WHERE status IN ('charging', 'refunding')
      UNION ALL SELECT 'refunds', count(*)::int FROM refunds WHERE status = 'due'`,
    ],
    [at.shipping, outbox],
  ]
  const counted = (await Promise.all(open.map(([url, sql]) => query<{ what: string; n: number }>(url, sql))))
    .flat()
    .filter(({ n }) => n > 0)
  if (counted.length > 0) return counted.map(({ what, n }) => `${n} ${what}`)
  const lags = await groupLags(
    kafkaClient({ brokers: at.kafkaBrokers, clientId: 'reconciliation', ...at.kafkaSecurity }),
  )
  return lags
    .filter(({ group, lag }) => group.endsWith('-service') && lag > 0)
    .map(({ group, topic, lag }) => `${group} is ${lag} behind in ${topic}`)
}
