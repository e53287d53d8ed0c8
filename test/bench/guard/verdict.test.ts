import test from 'ava'
import { verdictOn, type Committed } from './verdict.ts'

const committed: Committed = {
  at: '2026-01-02T03:04:05Z',
  machine: 'two cores',
  node: 'v26',
  ratio: 4,
  stackMs: 2,
  plainSqlMs: 0.5,
  others: 0.01,
}
const figures = (ratio: number, others: number | undefined = 0.05) => ({ stackMs: ratio / 2, plainSqlMs: 0.5, others })

test('a ratio of up to 1.15 times the committed one passes, and a larger one fails', t => {
  t.deepEqual(verdictOn(figures(4.59), committed), {
    line: 'CPU of an order: 2.29 ms, as plain SQL 0.500 ms, ratio 4.59: at most 4.60, 1.15 times the 4.00 of 2026-01-02 (two cores)',
    isFailure: false,
    counts: true,
  })
  t.deepEqual(verdictOn(figures(4.61), committed), {
    line: 'CPU of an order: 2.31 ms, as plain SQL 0.500 ms, ratio 4.61: more than 4.60, 1.15 times the 4.00 of 2026-01-02 (two cores)',
    isFailure: true,
    counts: true,
  })
})

test('a run during which others used more than a fifth of a core does not count, however good or bad it is', t => {
  for (const ratio of [1, 40]) {
    const verdict = verdictOn(figures(ratio, 0.21), committed)
    t.like(verdict, { isFailure: false, counts: false })
    t.true(verdict.line.endsWith(': does not count, as others used 0.21 of a core, more than 0.2'), verdict.line)
    t.true(verdictOn(figures(ratio, 0.2), committed).counts)
  }
  t.false(verdictOn(figures(4, 0.21), undefined).isFailure, 'also when nothing is committed')
})

test('where the system does not say who used the CPU, nothing counts', t => {
  for (const unknown of [
    { ...figures(40), others: undefined },
    { ...figures(40), stackMs: NaN },
  ])
    t.like(verdictOn(unknown, committed), { isFailure: false, counts: false })
})

test('a run that counts fails when there is nothing to hold it against', t => {
  const verdict = verdictOn(figures(4), undefined)
  t.like(verdict, { isFailure: true, counts: true })
  t.regex(verdict.line, /--write/)
})
