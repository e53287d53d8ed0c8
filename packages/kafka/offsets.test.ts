import { setImmediate as turn } from 'node:timers/promises'
import test from 'ava'
import { until } from '@docket/test/support/until.ts'
import { offsetTracker, type CommittedOffset } from './offsets.ts'

function aTracker(fails: () => boolean = () => false) {
  const committed: CommittedOffset[] = []
  const commit = async (offsets: CommittedOffset[]) => {
    await turn()
    if (fails()) throw new Error('a rebalance is under way')
    committed.push(...offsets)
  }
  return { ...offsetTracker(commit, 3_600_000, silent), committed }
}

const quiet = () => undefined
const silent = { debug: quiet, info: quiet, warn: quiet, error: quiet }

test('the offset behind the last handled record of each partition is committed, once', async t => {
  const tracker = aTracker()
  tracker.handled('order-events', 0, '6')
  tracker.handled('order-events', 0, '7')
  tracker.handled('order-events', 1, '9007199254740993')
  await tracker.flush()
  await tracker.stop()
  t.deepEqual(tracker.committed, [
    { topic: 'order-events', partition: 0, offset: '8' },
    { topic: 'order-events', partition: 1, offset: '9007199254740994' },
  ])
})

test('what could not be committed is committed later, unless more was handled meanwhile', async t => {
  let isRefused = true
  const tracker = aTracker(() => isRefused)
  tracker.handled('order-events', 0, '7')
  tracker.handled('order-events', 1, '7')
  const refused = tracker.flush()
  await turn()
  tracker.handled('order-events', 1, '9')
  await refused
  isRefused = false
  await tracker.stop()
  t.deepEqual(
    tracker.committed.toSorted((a, b) => a.partition - b.partition).map(({ offset }) => offset),
    ['8', '10'],
  )
})

test('a commit that Kafka never answers holds up none of those after it', async t => {
  const committed: CommittedOffset[][] = []
  let isFirst = true
  const commit = (offsets: CommittedOffset[]) => {
    if (isFirst) {
      isFirst = false
      return new Promise<void>(() => undefined)
    }
    committed.push(offsets)
    return Promise.resolve()
  }
  const tracker = offsetTracker(commit, 3_600_000, silent, 20)
  tracker.handled('order-events', 0, '7')
  await tracker.flush()
  tracker.handled('order-events', 1, '9')
  await tracker.stop()
  t.deepEqual(
    committed
      .flat()
      .map(({ partition, offset }) => [partition, offset])
      .sort(),
    [
      [0, '8'],
      [1, '10'],
    ],
  )
})

test('a commit that Kafka answers late does not take back what was committed since', async t => {
  const committed = new Map<number, string>()
  const late: (() => void)[] = []
  const commit = async (offsets: CommittedOffset[]) => {
    if (late.length === 0) await new Promise<void>(resolve => late.push(resolve))
    for (const { partition, offset } of offsets) committed.set(partition, offset)
  }
  const tracker = offsetTracker(commit, 3_600_000, silent, 20)
  tracker.handled('order-events', 0, '7')
  await tracker.flush()
  tracker.handled('order-events', 0, '9')
  await tracker.flush()
  t.is(committed.get(0), '10')
  late.forEach(arrive => arrive())
  await until('it has arrived', async () => committed.get(0) === '8')
  await tracker.stop()
  t.is(committed.get(0), '10')
})

test('what could not be committed is not tried again once another member may have the partition', async t => {
  let isRefused = true
  const tracker = aTracker(() => isRefused)
  tracker.handled('order-events', 0, '7')
  const refused = tracker.flush()
  await turn() // the commit is under way
  tracker.forget()
  await refused
  isRefused = false
  await tracker.stop()
  t.deepEqual(tracker.committed, [])
})

test('what is handled during a commit is committed by the next', async t => {
  const committed: string[] = []
  const { promise: answered, resolve: answer } = Promise.withResolvers<void>()
  const commit = async (offsets: CommittedOffset[]) => {
    await answered
    committed.push(...offsets.map(({ offset }) => offset))
  }
  const tracker = offsetTracker(commit, 3_600_000, silent)
  tracker.handled('order-events', 0, '7')
  const first = tracker.flush()
  await turn() // the commit is under way
  tracker.handled('order-events', 0, '8')
  answer()
  await first
  await tracker.stop()
  t.deepEqual(committed, ['8', '9'])
})

test('a commit that failed after its partitions were given up does not count as failing', async t => {
  const tracker = aTracker(() => true)
  t.teardown(() => tracker.stop())
  tracker.handled('order-events', 0, '7')
  const refused = tracker.flush()
  await turn() // the commit is under way
  tracker.forget()
  await refused
  await until('time passes', async () => tracker.failingForMs() > 0)
  await tracker.flush()
  t.is(tracker.failingForMs(), 0)
})

test('how long commits have failed is known, until one succeeds', async t => {
  let isRefused = true
  const tracker = aTracker(() => isRefused)
  t.is(tracker.failingForMs(), 0, 'none was tried')
  tracker.handled('order-events', 0, '7')
  await tracker.flush()
  await until('time passes', async () => tracker.failingForMs() > 0)
  isRefused = false
  await tracker.flush()
  t.is(tracker.failingForMs(), 0)
  await tracker.stop()
})

test('partitions that may be of another member by now are not committed', async t => {
  const tracker = aTracker()
  tracker.handled('order-events', 0, '7')
  tracker.forget()
  await tracker.stop()
  t.deepEqual(tracker.committed, [])
})
