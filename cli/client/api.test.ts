import test from 'ava'
import { skewOf } from './api.ts'

const at = (ms: number) => Date.parse('2026-01-31T12:00:00.000Z') + ms
const header = 'Sat, 31 Jan 2026 12:00:00 GMT' // whole seconds: this may be up to 12:00:00.999

const cases: [string, number, number, number][] = [
  ['requested within that second', at(200), at(300), 0],
  ['requested just before it', at(-100), at(100), 0],
  ['requested in the second after it', at(999), at(1_500), 0],
  ['ahead of us', at(-10_000), at(-9_900), 9_900],
  ['behind us', at(61_000), at(61_100), -60_000],
]
for (const [what, before, after, expected] of cases)
  test(`the clock of a service: ${what}`, t => t.is(skewOf(header, before, after), expected))

test('a service that does not say its time is not known to be wrong', t => t.is(skewOf(undefined, 0, 0), 0))
