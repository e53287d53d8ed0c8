import test from 'ava'
import { history } from './history.ts'

const gap = (from: string) => ({ gap: { from, to: '' } })

test('each page reads on from its own number, and everything once', t => {
  const kept = history(10)
  for (const one of ['a', 'b', 'c']) kept.add(gap(one))
  t.deepEqual(kept.since(2), {
    happenings: [
      { ...gap('b'), seq: 2 },
      { ...gap('c'), seq: 3 },
    ],
    missed: 0,
  })
  t.deepEqual(kept.since(kept.next), { happenings: [], missed: 0 })
})

test('what is no longer kept is counted', t => {
  const kept = history(3)
  for (const one of ['a', 'b', 'c', 'd', 'e']) kept.add(gap(one))
  const { happenings, missed } = kept.since(1)
  t.deepEqual(
    happenings.map(({ seq }) => seq),
    [3, 4, 5],
  )
  t.is(missed, 2)
})
