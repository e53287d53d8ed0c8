import type { Database } from '@docket/chassis/database/database.ts'
import type { PurgeStep } from '@docket/chassis/purge.ts'

export async function runPurge(db: Database, steps: readonly PurgeStep[]): Promise<Record<string, number>> {
  const batches: Record<string, number> = {}
  for (const { name, run } of steps)
    for (batches[name] = 0; (await run(db, new AbortController().signal)) > 0; batches[name]++);
  return batches
}
