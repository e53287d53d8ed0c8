import { spawnSync } from 'node:child_process'
import test from 'ava'
import { between, cpuSecondsBelow, cpuSecondsOf, isLinux } from './usage.ts'

test('the CPU of a process includes that of its children that have ended, unless it is not wanted', t => {
  const stat = ['S', ...Array.from({ length: 10 }, () => '7'), '100', '50', '20', '5', '9']
  t.is(cpuSecondsOf(stat), 1.75)
  t.is(cpuSecondsOf(stat, false), 1.5)
})

test('what a child has used is still counted when it has ended', t => {
  if (!isLinux) return t.pass()
  const before = cpuSecondsBelow([process.pid])
  spawnSync(process.execPath, ['-e', 'while (process.cpuUsage().user < 200_000);'])
  t.true(cpuSecondsBelow([process.pid]) - before >= 0.15)
})

test('between two readings CPU and writes are the difference, and memory is that of the second', t => {
  const before = new Map([['kafka', { cpuSeconds: 2, writtenBytes: 100, residentBytes: 7 }]])
  const after = new Map([
    ['kafka', { cpuSeconds: 5, writtenBytes: 400, residentBytes: 8 }],
    ['postgres', { cpuSeconds: 1, writtenBytes: 1, residentBytes: 1 }],
  ])
  t.deepEqual(Object.fromEntries(between(before, after)), {
    kafka: { cpuSeconds: 3, writtenBytes: 300, residentBytes: 8 },
    postgres: { cpuSeconds: 1, writtenBytes: 1, residentBytes: 1 },
  })
})
