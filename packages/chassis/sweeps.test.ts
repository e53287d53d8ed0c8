import test from 'ava'
import { until } from '@docket/test/support/until.ts'
import type { Database } from './database/database.ts'
import { logger } from './log.ts'
import { startSweeps } from './sweeps.ts'

const noDatabase = {} as Database // the sweeps of these tests query none

test('a sweep that has done all there was is not repeated until it is due', async t => {
  const found = [2, 1]
  let runs = 0
  const sweep = {
    name: 'test',
    everyMs: 60_000,
    run: async () => {
      runs++
      return found.shift() ?? 0
    },
    hasMore: (done: number) => done === 2,
  }
  const sweeps = startSweeps([sweep], noDatabase, logger('test', 'silent'))
  await until('both runs', async () => found.length === 0)
  await sweeps.stop()
  t.is(runs, 2)
})
