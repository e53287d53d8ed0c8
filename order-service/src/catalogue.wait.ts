import { setTimeout as pause } from 'node:timers/promises'
import type { Database } from '@docket/chassis/database/database.ts'
import { findItems } from './catalogue.store.ts'

const patienceMs = 1_000
const lookAgainMs = 20

interface Waiter {
  skus: readonly string[]
  deadline: number
  go(): void
}

const waitersOf = new WeakMap<Database, Set<Waiter>>()
// items do not leave the catalogue, so what was there once need not be looked for
const seenIn = new WeakMap<Database, Set<string>>()
const mostSeen = 100_000

/**
 * Waits a little for items that the catalogue does not know: one that was created a moment ago is on its way to us.
 * All who wait share one query, and none holds a connection meanwhile.
 */
export async function awaitItems(db: Database, skus: readonly string[]): Promise<void> {
  const seen = seenIn.get(db) ?? new Set()
  seenIn.set(db, seen)
  const wanted = [...new Set(skus)].filter(sku => !seen.has(sku))
  if (wanted.length === 0) return
  const found = await findItems(db.read, wanted)
  if (seen.size > mostSeen) seen.clear()
  for (const sku of found.keys()) seen.add(sku)
  if (found.size === wanted.length) return
  const waiters = waitersOf.get(db) ?? new Set()
  waitersOf.set(db, waiters)
  await new Promise<void>((resolve, reject) => {
    waiters.add({ skus: wanted, deadline: Date.now() + patienceMs, go: resolve })
    if (waiters.size === 1) lookAgain(db, waiters).catch(reject)
  })
}

async function lookAgain(db: Database, waiters: Set<Waiter>): Promise<void> {
  while (waiters.size > 0) {
    await pause(lookAgainMs)
    const known = await findItems(db.read, [...new Set([...waiters].flatMap(waiter => waiter.skus))]).catch(
      () => new Map(),
    ) // unavailable: the order itself will fail and report it
    for (const waiter of waiters) {
      if (Date.now() < waiter.deadline && !waiter.skus.every(sku => known.has(sku))) continue
      waiters.delete(waiter)
      waiter.go()
    }
  }
}
