import test from 'ava'
import { coalesced } from './coalescing.ts'

function heldWork() {
  const batches: number[][] = []
  const ends: (() => void)[] = []
  const work = (items: number[]) =>
    new Promise<void>(resolve => {
      batches.push(items)
      ends.push(resolve)
    })
  return { work, batches, endNext: () => ends.shift()?.() }
}

const turn = () =>
  new Promise(resolve => {
    setImmediate(resolve)
  })

test('what comes in the same turn is one batch', async t => {
  const { work, batches, endNext } = heldWork()
  const hand = coalesced(work)
  const all = [hand([1]), hand([2, 3]), hand([4])]
  await turn()
  endNext()
  await Promise.all(all)
  t.deepEqual(batches, [[1, 2, 3, 4]])
})

test('what comes while a batch is under way shares the next one', async t => {
  const { work, batches, endNext } = heldWork()
  const hand = coalesced(work)
  const first = hand([1])
  await turn()
  const later = [hand([2]), hand([3])]
  t.deepEqual(batches, [[1]])
  endNext()
  await first
  await turn()
  endNext()
  await Promise.all(later)
  t.deepEqual(batches, [[1], [2, 3]])
})

test('a batch that fails fails for all who shared it, and the next one goes on', async t => {
  let fail = true
  const hand = coalesced<number>(async () => {
    if (fail) throw new Error('no')
  })
  const results = await Promise.allSettled([hand([1]), hand([2])])
  t.deepEqual(
    results.map(result => result.status),
    ['rejected', 'rejected'],
  )
  fail = false
  await t.notThrowsAsync(hand([3]))
})
