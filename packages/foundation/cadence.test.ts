import test from 'ava'
import { cadence } from './cadence.ts'

/** A cadence on a clock of its own; `group` is one that starts when it may, with so many items. */
function onAClock() {
  let nowMs = 1_000
  const its = cadence({ shortestMs: 45, longestMs: 90 }, () => nowMs)
  const group = (size: number, tookMs = 5) => {
    const waitMs = Math.max(0, its.nextMs() - nowMs)
    for (let others = 0; others < size; others++) its.arrived(others)
    if (waitMs > 0) its.held()
    nowMs += waitMs
    its.started(size)
    its.ended(tookMs)
    return waitMs
  }
  const afterMs = (ms: number) => {
    nowMs += ms
  }
  return { its, group, afterMs }
}

test('the first item after a rest is not held', t => {
  const { group, afterMs } = onAClock()
  t.is(group(1), 0)
  afterMs(45)
  t.is(group(1), 0)
})

test('what arrives sooner sets off together, an interval after the group before it', t => {
  const { group, afterMs } = onAClock()
  group(1)
  afterMs(20)
  t.is(group(2), 25)
})

test('the longer a group takes, the longer is the interval, within its limits', t => {
  const { group } = onAClock()
  group(2, 20)
  t.is(group(2, 1_000), 60)
  t.is(group(2, 1), 90)
  t.is(group(2), 45)
})

test('a client that waits for each answer is held three times, and then once in fifty requests', t => {
  const { group, afterMs } = onAClock()
  const waits = Array.from({ length: 160 }, () => {
    afterMs(5)
    return group(1)
  })
  t.deepEqual(
    waits.flatMap((ms, at) => (ms > 0 ? [at] : [])),
    [1, 2, 3, 54, 105, 156],
  )
})

test('as soon as items meet, groups are held again', t => {
  const { its, group } = onAClock()
  for (let requests = 0; requests < 10; requests++) group(1)
  t.is(group(1), 0)
  its.arrived(1)
  t.is(group(1), 45)
})
