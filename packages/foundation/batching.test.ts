import test from 'ava'
import { batched } from './batching.ts'
import { cadence } from './cadence.ts'

function heldWork() {
  const groups: number[][] = []
  const ends: (() => void)[] = []
  const work = (items: number[]) =>
    new Promise<number[]>(resolve => {
      groups.push(items)
      ends.push(() => resolve(items.map(item => 2 * item)))
    })
  return { work, groups, endNext: () => ends.shift()?.() }
}

const turn = () =>
  new Promise(resolve => {
    setImmediate(resolve)
  })

test('a single item is done at once', async t => {
  t.is(await batched(async (items: number[]) => items.map(item => 2 * item), { maxSize: 10, concurrency: 1 })(4), 8)
})

test('its cadence is told of the others that an item meets: none when it comes alone', async t => {
  const met: number[] = []
  const alone = { nextMs: () => -Infinity, held: () => undefined, started: () => undefined, ended: () => undefined }
  const its = { ...alone, arrived: (others: number) => void met.push(others) }
  const submit = batched(async (items: number[]) => items, { maxSize: 10, concurrency: 1, cadence: its })
  await submit(1)
  await submit(2)
  await Promise.all([submit(3), submit(4)])
  t.deepEqual(met, [0, 0, 0, 2])
})

test('items that come while a group is under way share the next one, and each gets its own result', async t => {
  const { work, groups, endNext } = heldWork()
  const submit = batched(work, { maxSize: 10, concurrency: 1 })
  const first = submit(1)
  await turn()
  const later = [submit(2), submit(3)]
  endNext()
  t.is(await first, 2)
  await turn()
  endNext()
  t.deepEqual(await Promise.all(later), [4, 6])
  t.deepEqual(groups, [[1], [2, 3]])
})

test('an item with patience waits for the next one without, and they are done together', async t => {
  const { work, groups, endNext } = heldWork()
  const submit = batched(work, { maxSize: 10, concurrency: 1 })
  const patient = [submit(1, 60_000), submit(2, 60_000)]
  await turn()
  t.deepEqual(groups, [])
  const urgent = submit(3)
  await turn()
  endNext()
  t.deepEqual(await Promise.all([...patient, urgent]), [2, 4, 6])
  t.deepEqual(groups, [[1, 2, 3]])
})

test('an item with patience that comes while a group is under way does not make a group of its own', async t => {
  const { work, groups, endNext } = heldWork()
  const submit = batched(work, { maxSize: 10, concurrency: 1 })
  const first = submit(1)
  await turn()
  const patient = submit(2, 60_000)
  endNext()
  await first
  await turn()
  t.deepEqual(groups, [[1]])
  const urgent = submit(3)
  await turn()
  endNext()
  t.deepEqual(await Promise.all([patient, urgent]), [4, 6])
  t.deepEqual(groups, [[1], [2, 3]])
})

test('an item whose patience ends is done alone', async t => {
  const fromMs = performance.now()
  t.is(await batched(async (items: number[]) => items, { maxSize: 10, concurrency: 1 })(4, 20), 4)
  t.true(performance.now() - fromMs >= 19)
})

test('a group has no more than it may, and no more groups are under way than may be', async t => {
  const { work, groups, endNext } = heldWork()
  const submit = batched(work, { maxSize: 2, concurrency: 2 })
  const all = [submit(1), submit(2), submit(3), submit(4), submit(5)]
  await turn()
  t.deepEqual(groups, [
    [1, 2],
    [3, 4],
  ])
  endNext()
  await turn()
  t.deepEqual(groups, [[1, 2], [3, 4], [5]])
  endNext()
  endNext()
  t.deepEqual(await Promise.all(all), [2, 4, 6, 8, 10])
})

test('a group that fails fails for all who shared it, and the next one goes on', async t => {
  let fails = true
  const submit = batched(
    async (items: number[]) => {
      if (fails) throw new Error('no')
      return items
    },
    { maxSize: 10, concurrency: 1 },
  )
  t.deepEqual(
    (await Promise.allSettled([submit(1), submit(2)])).map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  fails = false
  t.is(await submit(3), 3)
})

test('a group waits for its cadence, and what arrives meanwhile joins it; a full one does not wait', async t => {
  const { work, groups, endNext } = heldWork()
  const submit = batched(work, {
    maxSize: 2,
    concurrency: 2,
    cadence: cadence({ shortestMs: 60_000, longestMs: 60_000 }),
  })
  const first = submit(1)
  await turn()
  endNext()
  await first
  const held = submit(2)
  await turn()
  t.deepEqual(groups, [[1]])
  const last = submit(3)
  await turn()
  t.deepEqual(groups, [[1], [2, 3]])
  endNext()
  t.deepEqual(await Promise.all([held, last]), [4, 6])
})
