import test from 'ava'
import { scheduleOf, targetOf, type Step } from './schedule.ts'

const seeds = Array.from({ length: 30 }, (_, seed) => seed)
const isOn = (step: Step, atMs: number) =>
  step.durationMs > 0 && step.atMs <= atMs && atMs < step.atMs + step.durationMs

test('the same seed gives the same faults, another seed others', t => {
  t.deepEqual(scheduleOf(1, 10), scheduleOf(1, 10))
  t.notDeepEqual(scheduleOf(1, 10), scheduleOf(2, 10))
})

test('there is a fault every 8 s at least', t => {
  for (const seed of seeds) {
    const steps = scheduleOf(seed, 10)
    for (const [at, step] of steps.entries()) t.true(step.atMs - (steps[at - 1]?.atMs ?? 0) <= 8_000)
    t.true((steps.at(-1)?.atMs ?? 0) > 10 * 60_000 - 8_000)
  }
})

test('at most two faults last at the same time, and never two on one thing', t => {
  for (const seed of seeds) {
    const steps = scheduleOf(seed, 10)
    for (const step of steps) {
      const others = steps.filter(other => isOn(other, step.atMs))
      t.true(others.length <= 2)
      t.is(new Set(others.map(other => targetOf(other.fault))).size, others.length)
    }
  }
})

test('everything is over when the time is over', t => {
  for (const seed of seeds) for (const step of scheduleOf(seed, 10)) t.true(step.atMs + step.durationMs <= 600_000)
})

test('half an hour has every kind of fault', t => {
  const kinds = new Set(scheduleOf(1, 30).map(step => step.fault.kind))
  t.true(kinds.size >= 15, [...kinds].join(', '))
})
