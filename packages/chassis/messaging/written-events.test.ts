import test from 'ava'
import { storedRow as row } from '@docket/test/support/outbox-rows.ts'
import type { StoredOutboxRow } from './outbox-store.ts'
import { writtenEvents } from './written-events.ts'

/** After the first read, which finds nothing. */
function afterReading(...acknowledged: StoredOutboxRow[]) {
  const written = writtenEvents()
  written.take()
  written.acknowledge(acknowledged)
  return written
}

test('the outbox is read first, as it may hold what others have written', t => {
  const written = writtenEvents()
  written.add([row('A', 1)])
  t.is(written.take(), undefined)
  t.deepEqual(written.take(), [], 'the read has found what was added before')
})

const cases: [string, StoredOutboxRow[], StoredOutboxRow[], boolean][] = [
  ['the first event of an aggregate', [], [row('A', 1)], true],
  ['the one after the last that was acknowledged', [row('A', 1)], [row('A', 2)], true],
  ['several of one aggregate, one after the other', [row('A', 1)], [row('A', 2), row('B', 1), row('A', 3)], true],
  ['one whose predecessor another replica has written', [row('A', 1)], [row('A', 3)], false],
  ['one of an aggregate that was not seen here yet', [], [row('A', 2)], false],
  ['two whose commits were answered the other way round', [row('A', 1)], [row('A', 3), row('A', 2)], false],
  ['one that was read and sent before its commit was answered', [row('A', 1), row('A', 2)], [row('A', 2)], false],
  ['one that follows on, beside one that does not', [], [row('A', 1), row('B', 2)], false],
]
for (const [what, acknowledged, added, fromMemory] of cases)
  test(`${what} ${fromMemory ? 'is sent from memory' : 'is read'}`, t => {
    const written = afterReading(...acknowledged)
    written.add(added)
    t.deepEqual(written.take(), fromMemory ? added : undefined)
  })

test('an event that is sent again does not turn back the sequence of its aggregate', t => {
  const written = afterReading(row('A', 1), row('A', 2), row('A', 1))
  written.add([row('A', 3)])
  t.deepEqual(written.take(), [row('A', 3)])
})

test('events of others are read, once', t => {
  const written = afterReading()
  written.expectOthers()
  t.is(written.take(), undefined)
  t.deepEqual(written.take(), [])
})

test('while nothing is read, what follows on is sent, and the others are read later', t => {
  const written = afterReading(row('A', 1))
  written.expectOthers()
  written.add([row('A', 2), row('B', 2), row('A', 3), row('C', 1), row('waits', 1)])
  t.deepEqual(
    written.takeNext(({ aggregateid }) => aggregateid === 'waits'),
    [row('A', 2), row('A', 3), row('C', 1)],
  )
  t.deepEqual(written.takeNext(), [])
  t.is(written.take(), undefined, 'the read that was due before is still due')
})

test('what does not follow on is read, though nothing else was, and so is what follows it', t => {
  const written = afterReading(row('A', 1))
  written.add([row('B', 2), row('B', 3), row('A', 3), row('A', 4)])
  t.deepEqual(written.takeNext(), [])
  t.is(written.take(), undefined)
})

test('what does not fit into the memory is read', t => {
  const written = afterReading()
  for (let n = 0; n < 2_000; n++) written.add([row(`order ${n}`, 1)])
  t.is(written.take(), undefined)
  t.deepEqual(written.take(), [])
})

test('the aggregates that were sent last are remembered', t => {
  const written = afterReading(row('old', 1))
  written.acknowledge([row('seldom', 1)])
  for (let n = 0; n < 9_999; n++)
    written.acknowledge([row(`order ${n}`, 1), ...(n === 5_000 ? [row('seldom', 2)] : [])])
  written.add([row('seldom', 3)])
  t.deepEqual(written.take(), [row('seldom', 3)])
  written.add([row('old', 2)])
  t.is(written.take(), undefined)
})
