import test from 'ava'
import { isLinux } from '../usage.ts'
import { mainThread, parseThread, readProcess } from './process-reading.ts'

test('threads that differ in a number only have one name', t => {
  t.deepEqual(parseThread('7 (kafka-request-handler-3) S 1 2'), {
    name: 'kafka-request-handler',
    fields: ['S', '1', '2'],
  })
  t.is(parseThread('7 (GC Thread#0) S 1').name, 'GC Thread')
  t.is(parseThread('7 (odd) name) S 1').name, 'odd) name')
})

test('a process has its main thread, and the calls that it has made', t => {
  if (!isLinux) return t.pass()
  const { threadsMs, reads } = readProcess(process.pid)
  t.true((threadsMs[mainThread] ?? 0) > 0)
  t.true(reads > 0)
})
