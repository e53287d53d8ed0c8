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
    0,
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
    0,
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
  const floor = queueFloor(async () => void looks++, risingFloor(0), 0)
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
    0,
  )
  await until('it has looked twice', async () => {
    floor.from()
    return looksMs.length === 2
  })
  const [first = NaN, second = NaN] = looksMs
  t.true(second - first >= 395, `${second - first} ms`)
})
