import test from 'ava'
import { until } from '@docket/test/support/until.ts'
import { risingFloor } from '@docket/foundation/rising-floor.ts'
import { queueFloor, type LookRow } from './queue-floor.ts'

const row: LookRow = { server: 'a', xmin: '7', xid: '7', lowest: null, next: 1_000 }

test('reading a queue looks at where it begins, without waiting for the look', async t => {
  const looks: number[] = []
  const floor = queueFloor(
    async from => {
      looks.push(from)
      return row
    },
    risingFloor(0),
    { everyMs: 0, wholeAgainMs: 20 },
  )
  t.is(floor.from(), 0)
  await until('the floor has risen', async () => floor.from() === 1_000)
  const seen = looks.length
  await until('the next look begins there', async () => {
    floor.from()
    return looks.length > seen && looks.at(-1) === 1_000
  })
  t.is(floor.from('another server'), 0)
})

test('one look is under way at a time, and one that fails is repeated', async t => {
  const looks: PromiseWithResolvers<LookRow>[] = []
  const floor = queueFloor(
    () => {
      const look = Promise.withResolvers<LookRow>()
      looks.push(look)
      return look.promise
    },
    risingFloor(0),
    { everyMs: 0, wholeAgainMs: 20 },
  )
  for (let times = 0; times < 3; times++) t.is(floor.from(), 0)
  t.is(looks.length, 1)
  looks[0]?.reject(new Error('statement timeout'))
  await until('it looks again', async () => {
    t.is(floor.from(), 0)
    return looks.length === 2
  })
})

test('a queue without a connection to look at it is read from its beginning', async t => {
  let looks = 0
  const floor = queueFloor(async () => void looks++, risingFloor(0), { everyMs: 0 })
  await until('it has looked twice', async () => {
    t.is(floor.from(), 0)
    return looks > 2
  })
})

test('a look that takes long is followed by a longer rest', async t => {
  const looksMs: number[] = []
  const floor = queueFloor(
    async () => {
      looksMs.push(performance.now())
      const endsMs = performance.now() + 100
      await until('it has taken that long', async () => performance.now() >= endsMs)
      return row
    },
    risingFloor(0),
    { everyMs: 0, wholeAgainMs: 20 },
  )
  await until('it has looked twice', async () => {
    floor.from()
    return looksMs.length === 2
  })
  const [first = NaN, second = NaN] = looksMs
  t.true(second - first >= 395, `${second - first} ms`)
})

test('when something may wait below the floor, it looks at the whole queue once', async t => {
  const looks: number[] = []
  let lowest: number | null = null
  const floor = queueFloor(
    async from => {
      looks.push(from)
      return { ...row, lowest: lowest !== null && lowest >= from ? lowest : null }
    },
    risingFloor(0),
    { everyMs: 0, wholeAgainMs: 20 },
  )
  await until('the floor has risen', async () => floor.from() === 1_000)
  lowest = 12
  floor.recheck()
  const before = looks.length
  await until('the floor is where it waits', async () => floor.from() === 12)
  lowest = null
  await until('the floor has risen again', async () => floor.from() === 1_000)
  t.is(looks.slice(before).filter(from => from === 0).length, 1)
})

test('a look at the whole queue that fails is repeated, less and less often, and lets the floor rise in between', async t => {
  const looks: { from: number; atMs: number }[] = []
  let isLong = false
  let next = 1_000
  const floor = queueFloor(
    async from => {
      looks.push({ from, atMs: performance.now() })
      if (from === 0 && isLong) throw new Error('statement timeout')
      return { ...row, next }
    },
    risingFloor(0),
    { everyMs: 0, wholeAgainMs: 50 },
  )
  const wholeSince = (since: number) => looks.slice(since).filter(({ from }) => from === 0)
  await until('the floor has risen', async () => floor.from() === 1_000)
  isLong = true
  floor.recheck()
  const before = looks.length
  next = 2_000
  await until('three have failed', async () => (floor.from(), wholeSince(before).length === 3))
  t.is(floor.from(), 2_000)
  const [first = NaN, second = NaN, third = NaN] = wholeSince(before).map(({ atMs }) => atMs)
  t.true(second - first >= 50 && third - second >= 100, `${second - first} and ${third - second} ms`)
  isLong = false
  const failed = looks.length
  await until('one answers', async () => (floor.from(), wholeSince(failed).length === 1))
  const answered = looks.length
  await until('it looks on', async () => (floor.from(), looks.length > answered + 20))
  t.is(wholeSince(answered).length, 0, 'the next is due in ten minutes')
})
