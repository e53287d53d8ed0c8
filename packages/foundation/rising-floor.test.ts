import test from 'ava'
import { risingFloor } from './rising-floor.ts'

const second = 1_000
const minute = 60 * second

/** A floor, and what moves its clock. */
function aFloor() {
  let nowMs = 5 * minute
  return { floor: risingFloor(() => nowMs), after: (ms: number) => void (nowMs += ms) }
}

test('a queue is read from what was the lowest two minutes ago', t => {
  const { floor, after } = aFloor()
  const found = (id: number) => {
    floor.lowest(id)
    after(minute)
    return floor.from()
  }
  t.deepEqual([100, 200, 300, 400, 500].map(found), [0, 100, 200, 300, 400])
})

test('before anything was found, and for two minutes after that, all is read', t => {
  const { floor, after } = aFloor()
  t.is(floor.from(), 0)
  floor.lowest(100)
  after(2 * minute - 1)
  t.is(floor.from(), 0)
  after(1)
  t.is(floor.from(), 100)
})

test('a row that commits after younger ones, and then waits, is read for as long as it waits', t => {
  const { floor, after } = aFloor()
  floor.lowest(100)
  after(minute)
  floor.lowest(300) // while row 200 is not committed
  after(second)
  for (let seconds = 0; seconds < 240; seconds++) {
    floor.lowest(200) // it waits, as Kafka is unavailable
    after(second)
    t.true(floor.from() <= 200)
  }
  t.is(floor.from(), 200)
})

test('reads that follow each other quickly leave few marks, and none of them moves the floor too early', t => {
  const { floor, after } = aFloor()
  for (let seconds = 1; seconds <= 540; seconds++) {
    floor.lowest(seconds)
    after(second)
    const from = floor.from()
    t.true(from <= Math.max(0, seconds - 119))
    t.true(from >= seconds - 131 || seconds < 121, `${from} after ${seconds} s`)
  }
})

test('every ten minutes all is read once, and the floor stays where it was', t => {
  const { floor, after } = aFloor()
  floor.lowest(100)
  after(10 * minute - 1)
  t.is(floor.from(), 100)
  after(1)
  t.deepEqual([floor.from(), floor.from()], [0, 100])
  after(10 * minute)
  t.deepEqual([floor.from(), floor.from()], [0, 100])
})

test('what is forgotten is read from the beginning', t => {
  const { floor, after } = aFloor()
  floor.lowest(100)
  after(3 * minute)
  floor.forget()
  t.is(floor.from(), 0)
})
