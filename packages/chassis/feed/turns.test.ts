import { setImmediate } from 'node:timers/promises'
import test from 'ava'
import { turns } from './turns.ts'

const never = new AbortController().signal

test('whoever comes first has the first turn, and all others wait for one to end', async t => {
  const desk = turns(1)
  const began: string[] = []
  const leave = await desk.enter(never)
  const [first, second] = ['first', 'second'].map(name =>
    desk.enter(never).then(leaveTurn => {
      began.push(name)
      return leaveTurn
    }),
  )
  await setImmediate()
  t.deepEqual(began, [])
  leave()
  const leaveFirst = await first
  t.deepEqual(began, ['first'])
  leaveFirst?.()
  await second
  t.deepEqual(began, ['first', 'second'])
})

test('a turn is given to nobody who has left, so it is not lost to those who wait', async t => {
  const desk = turns(1)
  const leave = await desk.enter(never)
  const leaving = new AbortController()
  const left = desk.enter(leaving.signal)
  let hasBegun = false
  void desk.enter(never).then(() => (hasBegun = true))
  leaving.abort(new Error('it has left'))
  await t.throwsAsync(left, { message: 'it has left' })
  leave()
  await setImmediate()
  t.true(hasBegun)
})
