import test from 'ava'
import { Bucket, Callers, MinuteCount } from './budgets.ts'

const rate = { perSecond: 50, burst: 200 }

test('a bucket lets a burst through, then as many a second as it refills', t => {
  const bucket = new Bucket(rate, 0)
  const taken = (ms: number) => {
    let requests = 0
    while (bucket.take(rate, ms) === 0) requests++
    return requests
  }
  t.is(taken(0), 200)
  t.is(taken(1_000), 50)
  t.is(taken(1_500), 25)
  t.is(taken(100_000), 200, 'no more than a burst, however long nobody came')
})

test('a bucket says how long it is until the next', t => {
  const bucket = new Bucket({ perSecond: 50, burst: 1 }, 0)
  t.is(bucket.take({ perSecond: 50, burst: 1 }, 0), 0)
  const wait = bucket.take({ perSecond: 50, burst: 1 }, 0)
  t.is(wait, 20)
  t.is(bucket.take({ perSecond: 50, burst: 1 }, wait), 0)
})

test('no minute has more than was allowed, wherever it begins, and what it says of the wait is right', t => {
  const count = new MinuteCount()
  const most = 60
  const at: number[] = []
  let now = 7_000
  while (at.length < 1_000) {
    const wait = count.take(most, now)
    if (wait === 0) at.push(now)
    now += wait === 0 ? (at.length * 7_919) % 900 : wait // uneven, but the same in each run
  }
  t.false(at.some((ms, index) => (at[index + most] ?? Infinity) - ms < 60_000))
  t.true(now < (1_000 / most) * 66_000, 'it waits no longer than a minute and a slot for as many as are allowed')
})

test('what is counted on top is waited for', t => {
  const count = new MinuteCount()
  count.take(6, 0)
  count.add(5, 0)
  const wait = count.take(6, 100)
  t.is(wait, 64_900)
  t.is(count.take(6, 100 + wait), 0)
})

test('callers are remembered within bounds: the latest, and those who are busy', t => {
  let made = 0
  const callers = new Callers<{ busy: boolean; number: number }>(
    () => ({ busy: false, number: made++ }),
    ({ busy }) => busy,
    10,
  )
  const busy = callers.of('busy')
  busy.busy = true
  const idle = callers.of('idle')
  for (let i = 0; i < 100; i++) {
    callers.of(`passing ${i}`)
    callers.of('frequent')
  }
  t.is(callers.of('busy'), busy)
  t.not(callers.of('idle'), idle)
  t.true(callers.of('frequent').number <= 3)
  t.is(made, 104, 'four, and one of them twice, of whom one was forgotten')
})
