import test from 'ava'
import { breaker } from './breaker.ts'

function aBreaker() {
  const clock = { ms: 1_000 }
  const one = breaker(() => clock.ms)
  return {
    ...one,
    later: (ms: number) => void (clock.ms += ms),
    failsTimes: (n: number) => {
      for (let i = 0; i < n; i++) one.failed()
    },
  }
}

test('a provider that works is called as often as there is something to ask', t => {
  t.is(aBreaker().allows(50), 50)
})

test('a provider that fails ten times in a row is left alone for a second, then tried once', t => {
  const one = aBreaker()
  one.failsTimes(9)
  t.is(one.allows(50), 50)
  one.failed()
  t.true(one.isOpen())
  t.is(one.allows(50), 0)
  one.later(1_000)
  t.is(one.allows(50), 1)
  t.is(one.allows(50), 0, 'one try at a time')
})

test('a try that fails leaves it alone again; one that works ends that', t => {
  const one = aBreaker()
  one.failsTimes(10)
  one.later(1_000)
  one.allows(1)
  one.failed()
  t.is(one.allows(1), 0)
  one.later(1_000)
  t.is(one.allows(1), 1)
  one.succeeded()
  t.is(one.allows(50), 50)
})

test("failures between successes are the payments' own, not the provider's", t => {
  const one = aBreaker()
  for (let i = 0; i < 30; i++) {
    one.failed()
    one.succeeded()
  }
  t.is(one.allows(50), 50)
})
