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

test('a sweep that takes long rests for longer than it took, and one that failed does not', async t => {
  const fromMs = performance.now()
  const startsMs: number[] = []
  let failedMs = NaN
  const sweep = {
    name: 'test',
    everyMs: 1,
    run: async () => {
      startsMs.push(performance.now() - fromMs)
      const isFirst = startsMs.length === 1
      const endsMs = performance.now() + (isFirst ? 1_000 : 100)
      await until('it has taken that long', async () => performance.now() >= endsMs)
      if (!isFirst) return 0
      failedMs = performance.now() - fromMs
      throw new Error('the database is unavailable')
    },
  }
  const sweeps = startSweeps([sweep], noDatabase, logger('test', 'silent'))
  await until('it has run three times', async () => startsMs.length === 3)
  await sweeps.stop()
  const [, second = NaN, third = NaN] = startsMs
  t.true(second - failedMs < 2_900, `${second - failedMs} ms; it would rest for 3 s`)
  t.true(third - second >= 395, `${third - second} ms`)
})
