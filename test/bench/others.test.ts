import test from 'ava'
import { busySeconds, isDisturbed, othersBetween, othersText } from './others.ts'

test('the machine is busy when it is neither idle nor waiting for a disk', t => {
  t.is(busySeconds('cpu  100 20 30 9999 888 4 5 6 70 80\ncpu0 1 1 1 1 1 1 1 1 1 1\n'), 1.65)
})

test('others are what the machine used and this run did not, in cores', t => {
  const from = { atMs: 1_000, machineSeconds: 50, ourSeconds: 7 }
  t.is(othersBetween(from, { atMs: 11_000, machineSeconds: 65, ourSeconds: 18 }), 0.4)
  t.is(othersBetween(from, { atMs: 11_000, machineSeconds: 60, ourSeconds: 17.1 }), 0, 'never less than none')
})

test('above a fifth of a core the times do not count', t => {
  t.false(isDisturbed(0.2))
  t.true(isDisturbed(0.21))
  t.is(othersText(0.03), 'others 0.03 cores')
  t.is(othersText(0.456), 'others 0.46 cores: does not count')
  t.is(othersText(0.456, 'cpu'), 'others 0.46 cores')
})

test('where the system does not tell, others are unknown, and nothing is ruled out', t => {
  t.is(othersText(undefined), 'others unknown')
  t.false(isDisturbed(undefined))
})
