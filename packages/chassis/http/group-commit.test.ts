import test from 'ava'
import { setImmediate as turn } from 'node:timers/promises'
import type { CadenceLimits } from '@docket/foundation/cadence.ts'
import { groupCommit, type Write } from './group-commit.ts'
import type { HandledRequest } from './request.ts'
import type { Tx } from '../database/database.ts'
import { FakeDatabase } from '@docket/test/support/http-server.ts'
import type { Answer } from './route.ts'

let count = 0

function aWrite(name: string, key?: string, fingerprint = name): Write & { name: string } {
  const request = { newId: `id-${++count}`, traceparent: `trace of ${name}` } as HandledRequest // all that a group reads
  return {
    name,
    request: request,
    keyed: key === undefined ? undefined : { scope: 'anna POST /orders', key, fingerprint },
  }
}

interface Made {
  most?: number
  patienceMs?: number
  nowMs?: () => number
  interval?: CadenceLimits
  fails?: () => Error | undefined
}

function aMaker({ most = 10, interval, patienceMs, nowMs, fails }: Made = {}) {
  const db = new FakeDatabase()
  const groups: string[][] = []
  const handle = async (_tx: Tx, writes: readonly Write[]) => {
    const names = writes.map(write => (write as Write & { name: string }).name)
    groups.push(names)
    const failure = fails?.()
    if (failure) throw failure
    if (names.includes('cursed')) throw new Error('a bug')
    return names.map((name): Answer => ({ status: 201, body: { name } }))
  }
  const submit = groupCommit(db, { maxSize: most, concurrency: 1, interval, patienceMs }, handle, nowMs)
  return { db, groups, submit }
}

const nameIn = ({ body }: Answer) => (body as { name: string }).name

test('requests that come together are one transaction, and each gets its own answer', async t => {
  const { db, groups, submit } = aMaker()
  const answers = await Promise.all([submit(aWrite('mug', 'k1')), submit(aWrite('cup', 'k2')), submit(aWrite('bowl'))])
  t.deepEqual(answers.map(nameIn), ['mug', 'cup', 'bowl'])
  t.deepEqual(groups, [['mug', 'cup', 'bowl']])
  t.is(db.commits, 1)
})

test('requests that come one by one within an interval are one transaction', async t => {
  const { groups, submit } = aMaker({ most: 2, interval: { shortestMs: 60_000, longestMs: 60_000 } })
  await submit(aWrite('mug'))
  const cup = submit(aWrite('cup'))
  await turn()
  await Promise.all([cup, submit(aWrite('bowl'))])
  t.deepEqual(groups, [['mug'], ['cup', 'bowl']])
})

test('a group is no larger than it may be', async t => {
  const { db, groups, submit } = aMaker({ most: 2 })
  await Promise.all(['a', 'b', 'c', 'd', 'e'].map(name => submit(aWrite(name))))
  t.deepEqual(groups, [['a', 'b'], ['c', 'd'], ['e']])
  t.is(db.commits, 3)
})

test('one that cannot be answered does not fail those that came with it', async t => {
  const { submit } = aMaker()
  const results = await Promise.allSettled([
    submit(aWrite('mug', 'k1')),
    submit(aWrite('cursed', 'k2')),
    submit(aWrite('bowl', 'k3')),
  ])
  t.deepEqual(
    results.map(result => (result.status === 'fulfilled' ? nameIn(result.value) : (result.reason as Error).message)),
    ['mug', 'a bug', 'bowl'],
  )
})

test('keys are expected to be new; when one is not, the group is done again, and each gets the answer to its key', async t => {
  const { db, groups, submit } = aMaker()
  await submit(aWrite('mug', 'k1'))
  t.deepEqual([db.commits, db.rollbacks], [1, 0])
  const answers = await Promise.all([submit(aWrite('cup', 'k2')), submit(aWrite('mug', 'k1')), submit(aWrite('bowl'))])
  t.deepEqual(answers.map(nameIn), ['cup', 'mug', 'bowl'])
  t.is(answers[1]?.headers?.['idempotency-replayed'], 'true')
  t.deepEqual(groups, [['mug'], ['cup', 'mug', 'bowl'], ['cup', 'bowl']])
  t.deepEqual([db.commits, db.rollbacks], [2, 1])
})

test('an answer is kept under the key of its own request, also beside requests without a key', async t => {
  const { submit } = aMaker()
  await Promise.all([submit(aWrite('bowl')), submit(aWrite('mug', 'k1')), submit(aWrite('cup', 'k2'))])
  const again = await Promise.all([submit(aWrite('mug', 'k1')), submit(aWrite('cup', 'k2'))])
  t.deepEqual(again.map(nameIn), ['mug', 'cup'])
})

test('one that has waited too long is told so, and those that came later get their own answers', async t => {
  let now = 0
  const { db, submit, groups } = aMaker({ patienceMs: 50, nowMs: () => now })
  const { promise: held, resolve: release } = Promise.withResolvers<void>()
  const holder = db.transaction(() => held)
  const first = submit(aWrite('first'))
  await turn()
  const late = submit(aWrite('late'))
  now = 51
  const [mug, cup] = [submit(aWrite('mug')), submit(aWrite('cup'))]
  release()
  await Promise.all([holder, first])
  const results = await Promise.allSettled([late, mug, cup])
  t.deepEqual(results.map(outcomeOf), ['unavailable', 'mug', 'cup'])
  t.deepEqual(groups, [['first'], ['mug', 'cup']])
})

test('what a group that failed had claimed is free again', async t => {
  const { submit } = aMaker()
  await Promise.allSettled([submit(aWrite('cursed', 'k1')), submit(aWrite('mug', 'k2'))])
  t.is(nameIn(await submit(aWrite('cup', 'k1'))), 'cup')
})

test('a transient failure is the answer to the whole group at once', async t => {
  const { groups, submit } = aMaker({ fails: () => new Error('connection lost') })
  const results = await Promise.allSettled([submit(aWrite('mug')), submit(aWrite('cup'))])
  t.deepEqual(
    results.map(({ status }) => status),
    ['rejected', 'rejected'],
  )
  t.is(groups.length, 1, 'each would fail alone too, and delay every request that waits')
})

test('of two with one key in a group, one does the work and the other gets its answer', async t => {
  const { groups, submit } = aMaker()
  const [first, second] = await Promise.all([submit(aWrite('mug', 'k1')), submit(aWrite('mug', 'k1'))])
  t.deepEqual(
    [first, second].map(answer => answer && nameIn(answer)),
    ['mug', 'mug'],
  )
  t.deepEqual(groups, [['mug']])
  t.is(second?.headers?.['idempotency-replayed'], 'true')
})

test('a key that comes again with something else is refused, and its neighbours share their transaction', async t => {
  const { db, groups, submit } = aMaker()
  await submit(aWrite('mug', 'k1'))
  const results = await Promise.allSettled([
    submit(aWrite('jug', 'k3')),
    submit(aWrite('cup', 'k1')),
    submit(aWrite('bowl', 'k2')),
  ])
  t.deepEqual(results.map(outcomeOf), ['jug', 'idempotency_key_reused', 'bowl'])
  t.deepEqual(groups, [['mug'], ['jug', 'cup', 'bowl'], ['jug', 'bowl']])
  t.deepEqual([db.commits, db.rollbacks], [2, 1], 'one client could else have the requests of all handled one by one')
})

test('a client that repeats a key again and again has a group of others done twice only once', async t => {
  const { db, groups, submit } = aMaker()
  await submit(aWrite('mug', 'k1'))
  for (let n = 0; n < 5; n++) await Promise.all([submit(aWrite(`cup ${n}`, `c${n}`)), submit(aWrite('mug', 'k1'))])
  t.deepEqual(groups, [['mug'], ['cup 0', 'mug'], ...Array.from({ length: 5 }, (_, n) => [`cup ${n}`])])
  t.deepEqual([db.commits, db.rollbacks], [6, 1])
})

test('one key that comes many times at once, with this and with that, is one transaction with its neighbours', async t => {
  const { db, groups, submit } = aMaker()
  const results = await Promise.allSettled([
    submit(aWrite('mug', 'k1')),
    submit(aWrite('cup', 'k1')),
    submit(aWrite('bowl', 'k2')),
    submit(aWrite('mug', 'k1')),
    submit(aWrite('jug', 'k1')),
  ])
  t.deepEqual(results.map(outcomeOf), ['mug', 'idempotency_key_reused', 'bowl', 'mug', 'idempotency_key_reused'])
  t.deepEqual(groups, [['mug', 'bowl']])
  t.deepEqual([db.commits, db.rollbacks], [1, 0])
})

const outcomeOf = (result: PromiseSettledResult<Answer>) =>
  result.status === 'fulfilled' ? nameIn(result.value) : (result.reason as { code?: string }).code
