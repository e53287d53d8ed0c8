import test from 'ava'
import { oneAtATime } from './one-at-a-time.ts'

function aDatabase() {
  const waiting: (() => void)[] = []
  const seen = { atOnce: 0, most: 0, times: 0 }
  return {
    seen,
    async query() {
      seen.most = Math.max(seen.most, ++seen.atOnce)
      await new Promise<void>(answer => {
        waiting.push(answer)
      })
      seen.atOnce--
      return ++seen.times
    },
    async answers() {
      for (let turn = 0; waiting.length === 0 && turn < 100; turn++) await Promise.resolve()
      waiting.shift()?.()
    },
  }
}

test('callers during a running query share its answer, and it runs once', async t => {
  const database = aDatabase()
  const depth = oneAtATime(database.query)
  const answers = Array.from({ length: 50 }, () => depth(10_000))
  await database.answers()
  t.deepEqual(new Set(await Promise.all(answers)), new Set([1]))
  const next = depth(10_000)
  await database.answers()
  t.is(await next, 2, 'a later caller gets a new answer')
})

test('a database that does not answer is not queried again until it has, and no caller waits for ever', async t => {
  const database = aDatabase()
  const depth = oneAtATime(database.query)
  await t.throwsAsync(depth(1), { message: 'no answer within 0.001 s' })
  await t.throwsAsync(depth(1), { message: /no answer/ })
  t.is(database.seen.atOnce, 1)
  const late = depth(10_000)
  await database.answers()
  t.is(await late, 1)
})

test('a question that fails leaves the next ones alone', async t => {
  let isUp = false
  const depth = oneAtATime(() => (isUp ? Promise.resolve('there') : Promise.reject(new Error('connection lost'))))
  await t.throwsAsync(depth(10_000), { message: 'connection lost' })
  isUp = true
  t.is(await depth(10_000), 'there')
})
