import test from 'ava'
import { restMs } from './pacing.ts'

test('a look that takes long is followed by a rest three times as long, up to ten seconds', t => {
  t.deepEqual(
    [0, 80, 100, 1_000, 3_000, 60_000].map(tookMs => restMs(250, tookMs)),
    [250, 250, 300, 3_000, 9_000, 10_000],
  )
})

test('what is due rarely comes no more often for that', t => {
  t.is(restMs(30_000, 60_000), 30_000)
})
