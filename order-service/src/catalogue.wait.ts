import type { Database } from '@docket/chassis/database/database.ts'
import { sharedPoll } from '@docket/foundation/shared-poll.ts'
import { findItems } from './catalogue.store.ts'

const patienceMs = 1_000
const lookAgainMs = 20

interface Wait {
  skus: readonly string[]
  deadline: number
}

// items never leave the catalogue, so an item found once need not be queried again
const seenIn = new WeakMap<Database, Set<string>>()
const mostSeen = 100_000

/**
 * Waits briefly for items that the catalogue does not know, because the event of a new item may be on its way. All
 * waiters share one query, and none holds a connection.
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
  await arrival(db)({ skus: wanted, deadline: performance.now() + patienceMs })
}

const arrival = sharedPoll(lookAgainMs, async (db: Database, waits: readonly Wait[]) => {
  const skus = [...new Set(waits.flatMap(wait => wait.skus))]
  const known = await findItems(db.read, skus).catch(() => new Map()) // unavailable: the order itself will fail, too
  return wait => (performance.now() >= wait.deadline || wait.skus.every(sku => known.has(sku)) ? true : undefined)
})
