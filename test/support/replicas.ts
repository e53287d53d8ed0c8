import type { ExecutionContext } from 'ava'
import type { Database } from '@docket/chassis/database/database.ts'
import { postgresDatabase } from '@docket/chassis/database/postgres.ts'
import { logger } from '@docket/chassis/log.ts'
import { handleBatch, type Handlers } from '@docket/chassis/messaging/handlers.ts'
import type { DocketEvent } from '@docket/contract/event.ts'
import { query } from '@docket/reconciliation/query.ts'
import { adminUrl } from './database.ts'

const silent = logger('test', 'fatal')
const deadlockDetected = '40P01' // PostgreSQL, appendix A

interface Rounds {
  replicas: number
  rounds: number
  batchOf(replica: number, round: number): readonly DocketEvent[]
}

/**
 * Replicas of a service on one database: in each round every replica handles a batch, all at once. As in production, a
 * batch that failed with a deadlock is tried again. Returns how often that was.
 */
export async function deadlocksAmong(
  t: ExecutionContext<unknown>,
  { url }: { url: string },
  handlers: Handlers,
  { replicas, rounds, batchOf }: Rounds,
): Promise<number> {
  await noticeDeadlocksSoon(url)
  const databases = numbered(replicas).map(() =>
    postgresDatabase({ url, pool: 1, log: silent, onAppended: () => undefined }),
  )
  t.teardown(() => Promise.all(databases.map(db => db.close())))
  await Promise.all(databases.map(db => db.ping())) // connected, so that they begin at once
  let deadlocks = 0
  for (const round of numbered(rounds))
    await Promise.all(
      databases.map(async (db, replica) => {
        deadlocks += await handledDespiteDeadlocks(db, handlers, batchOf(replica, round))
      }),
    )
  return deadlocks
}

export const numbered = (count: number): number[] => Array.from({ length: count }, (_, n) => n)

/** For connections that are yet to be opened: PostgreSQL looks for a deadlock after a second of waiting. */
const noticeDeadlocksSoon = (url: string) =>
  query(adminUrl(), `ALTER DATABASE ${new URL(url).pathname.slice(1)} SET deadlock_timeout = '50ms'`)

async function handledDespiteDeadlocks(db: Database, handlers: Handlers, batch: readonly DocketEvent[]) {
  for (let deadlocks = 0; ; deadlocks++) {
    try {
      await handleBatch(db, handlers, batch)
      return deadlocks
    } catch (error) {
      if (!isDeadlock(error)) throw error
    }
  }
}

function isDeadlock(error: unknown): boolean {
  if (!(error instanceof Error)) return false
  return ('code' in error && error.code === deadlockDetected) || isDeadlock(error.cause)
}
