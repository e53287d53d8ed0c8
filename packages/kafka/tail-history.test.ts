import test from 'ava'
import { nameOf, type Position } from './broker-reader.ts'
import type { IncomingRecord } from './record-codec.ts'
import { inOrder, newestOf, resumedAt } from './tail-history.ts'

const record = (partition: number, offset: number, timestamp: number): IncomingRecord => ({
  topic: 't',
  partition,
  offset: String(offset),
  timestamp: String(timestamp),
  key: null,
  value: null,
  headers: {},
})

function aTopic(partitions: number[][], atOnce = 50) {
  const read = { records: 0 }
  const fetch = async (positions: Position[]) => {
    const records = positions.flatMap(
      ({ partition, next }) =>
        partitions[partition]?.slice(next, next + atOnce).map((time, at) => record(partition, next + at, time)) ?? [],
    )
    read.records += records.length
    return { records, nexts: new Map(records.map(one => [nameOf(one), Number(one.offset) + 1])) }
  }
  return {
    read,
    fetch,
    ranges: partitions.map((times, partition) => ({ topic: 't', partition, first: 0, end: times.length })),
  }
}

const timesOf = (records: IncomingRecord[]) => records.map(({ timestamp }) => Number(timestamp))
const upTo = (most: number, step = 1, from = 0) =>
  Array.from({ length: Math.ceil((most - from) / step) }, (_, at) => from + at * step)

test('the newest few of all partitions, oldest first', async t => {
  const { ranges, fetch } = aTopic([upTo(1_000, 2), upTo(1_000, 2, 1)])
  t.deepEqual(timesOf(await newestOf(ranges, 4, () => true, fetch)), [996, 997, 998, 999])
})

test('a partition whose records are all old is not read to its beginning', async t => {
  const { ranges, fetch, read } = aTopic([upTo(50_000), upTo(60_000, 1, 50_000)])
  t.deepEqual(timesOf(await newestOf(ranges, 3, () => true, fetch)), [59_997, 59_998, 59_999])
  t.true(read.records < 2_000, `${read.records} were read`)
})

test('those that are wanted are found however far back they lie', async t => {
  const { ranges, fetch } = aTopic([upTo(3_000, 2), upTo(3_000, 2, 1)], 500)
  t.deepEqual(
    timesOf(await newestOf(ranges, 3, ({ timestamp }) => Number(timestamp) % 1_000 === 7, fetch)),
    [7, 1_007, 2_007],
  )
})

test('young ones of a slow partition go before old ones of a busy one', async t => {
  const { ranges, fetch } = aTopic([upTo(1_000), [5, 999.5]])
  const wanted = ({ partition, timestamp }: IncomingRecord) => partition === 1 || Number(timestamp) < 100
  t.deepEqual(timesOf(await newestOf(ranges, 2, wanted, fetch)), [99, 999.5])
})

test('fewer than that are all there are', async t => {
  const { ranges, fetch } = aTopic([[1, 2], []])
  t.deepEqual(timesOf(await newestOf(ranges, 10, () => true, fetch)), [1, 2])
  t.deepEqual(await newestOf(ranges, 0, () => true, fetch), [])
})

test('offsets that hold nothing for a reader end the search too', async t => {
  t.deepEqual(
    await newestOf(
      [{ topic: 't', partition: 0, first: 0, end: 10 }],
      3,
      () => true,
      async () => ({ records: [], nexts: new Map<string, number>() }),
    ),
    [],
  )
})

test('a fetch of records that were all aborted is not the end', async t => {
  const { ranges, fetch } = aTopic([upTo(100)], 10)
  const aborted = (offset: string) => Number(offset) >= 20 && Number(offset) < 50
  const found = await newestOf(
    ranges,
    100,
    () => true,
    async positions => {
      const { records, nexts } = await fetch(positions)
      return { records: records.filter(({ offset }) => !aborted(offset)), nexts }
    },
  )
  t.deepEqual(timesOf(found), [...upTo(20), ...upTo(100, 1, 50)])
})

test('queues are merged by time, until one runs dry that has more to come', async t => {
  const waiting = new Map([
    ['t/0', [record(0, 0, 1), record(0, 1, 4)]],
    ['t/1', [record(1, 0, 2), record(1, 1, 3), record(1, 2, 9)]],
  ])
  const got: number[] = []
  const hand = async ({ timestamp }: IncomingRecord) => void got.push(Number(timestamp))
  t.true(await inOrder(waiting, name => name === 't/0', hand))
  t.deepEqual(got, [1, 2, 3, 4])
  t.true(await inOrder(waiting, () => false, hand))
  t.deepEqual(got, [1, 2, 3, 4, 9])
  t.false(await inOrder(waiting, () => false, hand))
})

const resumed: [what: string, next: number, first: number, end: number, at: number][] = [
  ['goes on where it was', 5, 2, 9, 5],
  ['waits at the end', 9, 2, 9, 9],
  ['leaves out what retention has deleted', 1, 2, 9, 2],
  ['begins anew with a topic that was made anew', 5, 0, 3, 0],
]
for (const [what, next, first, end, at] of resumed)
  test(`a partition that is continued ${what}`, t => t.is(resumedAt(next, first, end), at))
