import { aborted } from '@docket/foundation/abort.ts'
import { type LockHold } from './database/lock-session.ts'
import { untilItWorks } from './lifecycle.ts'
import type { Database } from './database/database.ts'
import { migrationFiles } from './database/migrations.ts'
import type { Logger } from './log.ts'

export interface ReplicaPresence {
  stop(): Promise<void>
}

/**
 * Keeps showing that this replica is up, so that `migrate down` does not remove what its release needs. `first` shows
 * it; when its connection is lost, another one is made.
 */
export function keepShowing(first: LockHold, show: () => Promise<LockHold>, log: Logger): ReplicaPresence {
  const ending = new AbortController()
  let hold: LockHold | undefined = first
  const showAgain = () =>
    untilItWorks(
      'the database',
      log,
      async () => (ending.signal.aborted ? undefined : show()),
      () => undefined,
    )
  const run = async (): Promise<void> => {
    while (hold) {
      await Promise.race([aborted(ending.signal), aborted(hold.lost)])
      await hold.release()
      hold = undefined
      hold = await showAgain()
    }
  }
  const running = run()
  return {
    async stop() {
      ending.abort()
      if (hold) await running // otherwise presence is not shown, and there is no unavailable database to wait for
    },
  }
}

/** Called before the schema is updated, so that `migrate down` either sees this replica or is waited for by it. */
export async function showPresence(
  db: Database,
  folder: URL,
  log: Logger,
  onTrouble: (reason: string) => void,
): Promise<ReplicaPresence> {
  const { length } = await migrationFiles(folder)
  const show = () => db.showReplica(length)
  return keepShowing(await untilItWorks('the database', log, show, onTrouble), show, log)
}
