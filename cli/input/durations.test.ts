import test from 'ava'
import { Failure } from '../failure.ts'
import { formatDuration, parseDuration } from './durations.ts'

for (const [text, ms] of [
  ['500ms', 500],
  ['60s', 60_000],
  ['5m', 300_000],
  ['2h', 7_200_000],
  ['1d', 86_400_000],
] as const) {
  test(`${text} are ${ms} ms`, t => t.is(parseDuration(text), ms))
}
for (const text of ['5', 'm', '5 m', '-5m', '1.5h', ''])
  test(`"${text}" is no duration`, t => t.throws(() => parseDuration(text), { instanceOf: Failure }))

for (const [ms, text] of [
  [85, '85ms'],
  [1_234, '1.2s'],
  [200_000, '3m 20s'],
  [3_700_000, '1h 1m'],
  [90_000_000, '1d 1h'],
] as const) {
  test(`${ms} ms are shown as ${text}`, t => t.is(formatDuration(ms), text))
}
