import { batched } from '@docket/foundation/batching.ts'
import { cadence, type CadenceLimits } from '@docket/foundation/cadence.ts'
import type { Database, KeyedRequest, Tx } from '../database/database.ts'
import type { HandledRequest } from './request.ts'
import { answerIn, handleOnce, type Keys, type Outcome } from './idempotency.ts'
import { Unavailable } from './errors.ts'
import type { Answer } from './route.ts'

export interface Write {
  request: HandledRequest
  keyed: KeyedRequest | undefined
}

export interface GroupLimits {
  maxSize: number
  concurrency: number
  /** Between the starts of two groups. Unless given, a group starts as soon as another may be under way. */
  interval?: CadenceLimits | undefined
  /** How long a request may wait for its group. Unless given, as long as one waits for a connection of its own: 3 s. */
  patienceMs?: number | undefined
}

/**
 * Group commit: requests that arrive while others are under way share the next transaction, so that a flood of small
 * writes costs the database few round trips and flushes, while a single request does not wait. What they write goes on
 * together, so an interval between groups also saves work later: docs/decisions/0041. When a group fails for a reason
 * that is not transient, each of its requests is tried alone, so that none fails the others. Keys are expected to be
 * new, which saves a write; when one was used before, the group is done again with its keys claimed first, and so are
 * those of the next seconds: requests that are repeated come in numbers, and no client may have all groups done twice.
 */
export function groupCommit(
  db: Database,
  limits: GroupLimits,
  handle: (tx: Tx, fresh: readonly Write[]) => Promise<Answer[]>,
  nowMs = () => performance.now(),
): (write: Write) => Promise<Answer> {
  const attempt = (writes: readonly Write[], keys: Keys) =>
    db.transaction(
      tx => handleOnce(db, tx, writes, fresh => handle(tx, fresh), keys),
      new Map(writes.map(({ request }) => [request.newId, request.traceparent])),
    )
  let claimUntilMs = 0
  const commit = async (writes: readonly Write[]) => {
    if (nowMs() < claimUntilMs) return attempt(writes, 'claimed')
    try {
      return await attempt(writes, 'new')
    } catch (error) {
      if (!db.isKeyUsed(error)) throw error
      claimUntilMs = nowMs() + claimForMs
      return attempt(writes, 'claimed')
    }
  }
  const together = async (writes: readonly Write[]): Promise<Outcome[]> => {
    if (writes.length === 0) return []
    try {
      return await commit(writes)
    } catch (error) {
      if (writes.length === 1 || db.isTransient(error)) return writes.map(() => ({ error }))
      const outcomes: Outcome[] = []
      for (const write of writes) outcomes.push(...(await together([write])))
      return outcomes
    }
  }
  const enter = batched(
    async (entered: Entered[]) => {
      const writes = entered.map(({ write }) => write)
      const outcomes = new Map<Write, Outcome>()
      const lateMs = nowMs() - (limits.patienceMs ?? usualPatienceMs)
      for (const { write, atMs } of entered)
        if (atMs < lateMs) outcomes.set(write, { error: new Unavailable('The database does not keep up.') })
      const group = writes.filter(write => !outcomes.has(write))
      ;(await together(group)).forEach((outcome, at) => outcomes.set(group[at] as Write, outcome))
      return writes.map(write => outcomes.get(write) as Outcome)
    },
    { ...limits, cadence: limits.interval && cadence(limits.interval) },
  )
  return async write => answerIn(await enter({ write, atMs: nowMs() }))
}

const claimForMs = 10_000

const usualPatienceMs = 3_000

interface Entered {
  write: Write
  atMs: number
}
