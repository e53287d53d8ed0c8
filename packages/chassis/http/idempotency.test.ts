import test from 'ava'
import { z } from 'zod'
import { aServer, customerId, operatorToken, token, type RunningServer } from '@docket/test/support/http-server.ts'
import { fingerprintOf, readKey, scopeOf } from './idempotency.ts'
import { refused } from '../refused.ts'
import { created, ok, route, type Answer } from './route.ts'
import type { Refused } from '../refused.ts'

const Body = z.object({ sku: z.string(), quantity: z.number().optional() })

function counted(
  does: (count: number) => Answer | Refused | Promise<Answer | Refused>,
  more: { idempotency?: 'own'; manual?: boolean } = {},
) {
  const count = { of: 0 }
  const order = route({
    method: 'post',
    path: '/shops/:shop/orders',
    who: 'user',
    summary: 'Order',
    params: z.object({ shop: z.string() }),
    body: Body,
    answers: { 201: z.unknown() },
    refusals: { out_of_stock: 409, busy: 429, provider_unavailable: 503 },
    ...more,
    handle: async () => does(++count.of),
  })
  return { count, order }
}

const create = ({ request }: RunningServer, key: string, body: unknown = { sku: 'mug' }, shop = '1', as = token()) =>
  request(`/shops/${shop}/orders`, { body, token: as, headers: { 'idempotency-key': key } })

test('the same key with the same request gives the first answer again and does nothing', async t => {
  const { count, order } = counted(n => created({ id: n }, `/orders/${n}`))
  const server = await aServer(t, [order])
  const first = await create(server, 'k1')
  const second = await create(server, 'k1')
  t.is(first.headers['idempotency-replayed'], undefined)
  t.is(second.headers['idempotency-replayed'], 'true')
  for (const { status, headers, json } of [first, second])
    t.deepEqual([status, headers.location, json], [201, '/orders/1', { id: 1 }])
  t.is(count.of, 1)
})

test('the order of names and spaces make no other request of it', async t => {
  const { count, order } = counted(n => ok(n))
  const server = await aServer(t, [order])
  await create(server, 'k1', { sku: 'mug', quantity: 1 })
  t.is((await create(server, 'k1', { quantity: 1, sku: 'mug' })).status, 200)
  t.is(count.of, 1)
})

test('the same key with another body or another path is 422', async t => {
  const { count, order } = counted(n => ok(n))
  const server = await aServer(t, [order])
  await create(server, 'k1')
  for (const again of [create(server, 'k1', { sku: 'cup' }), create(server, 'k1', { sku: 'mug' }, '2')]) {
    const { status, json } = await again
    t.deepEqual([status, json.code], [422, 'idempotency_key_reused'])
  }
  t.is(count.of, 1)
})

test('the key of one user says nothing to another', async t => {
  const { count, order } = counted(n => ok({ n }))
  const server = await aServer(t, [order])
  t.deepEqual((await create(server, 'k1')).json, { n: 1 })
  t.deepEqual((await create(server, 'k1', { sku: 'mug' }, '1', operatorToken())).json, { n: 2 })
  t.is(count.of, 2)
})

test('two at the same time are done once', async t => {
  const { count, order } = counted(n => ok({ n }))
  const server = await aServer(t, [order])
  const all = await Promise.all(Array.from({ length: 5 }, () => create(server, 'k1')))
  t.deepEqual(new Set(all.map(({ text }) => text)), new Set(['{"n":1}']))
  t.is(count.of, 1)
})

test('a refusal is kept as well: a retry gets the same answer', async t => {
  const { count, order } = counted(() => refused('out_of_stock', 'None left.'))
  const server = await aServer(t, [order])
  const first = await create(server, 'k1')
  const second = await create(server, 'k1')
  for (const { status, headers } of [first, second])
    t.deepEqual([status, headers['content-type']], [409, 'application/problem+json'])
  t.deepEqual(first.json, second.json)
  t.is(count.of, 1)
})

test('a transient failure is never kept: the retry gets another chance', async t => {
  for (const failure of [
    () => refused('provider_unavailable'),
    () => refused('busy'),
    (): Answer => ({ status: 500 }),
    () => {
      throw new Error('connection lost')
    },
    () => {
      throw new Error('a bug')
    },
  ]) {
    const { order } = counted(n => (n === 1 ? failure() : ok({ n })))
    const server = await aServer(t, [order])
    t.true([429, 500, 503].includes((await create(server, 'k1')).status))
    t.deepEqual((await create(server, 'k1')).json, { n: 2 }, failure.toString())
    t.is(server.db.rollbacks, 1)
  }
})

test('a request that is rejected before its route uses up no key', async t => {
  const { order } = counted(n => ok({ n }))
  const server = await aServer(t, [order])
  t.is((await create(server, 'k1', { sku: 1 })).status, 422)
  t.deepEqual((await create(server, 'k1')).json, { n: 1 })
})

test('without a key, and where the handler sees to it, each request is done', async t => {
  const plain = counted(n => ok({ n }))
  const server = await aServer(t, [plain.order])
  for (const n of [1, 2])
    t.deepEqual((await server.request('/shops/1/orders', { body: { sku: 'mug' }, token: token() })).json, { n })
  for (const more of [{ idempotency: 'own' }, { manual: true }] as const) {
    const own = counted(n => ok({ n }), more)
    const other = await aServer(t, [own.order])
    for (const n of [1, 2]) t.deepEqual((await create(other, 'k1')).json, { n })
  }
})

test('a key has 1 to 255 printable ASCII characters', async t => {
  t.is(readKey(undefined), undefined)
  t.is(readKey('a b~'), 'a b~')
  t.is(readKey('x'.repeat(255))?.length, 255)
  for (const key of ['', 'x'.repeat(256), 'ä', 'a\tb', ['a', 'b']])
    t.throws(() => readKey(key), { message: /not valid/ })
  const { order } = counted(n => ok({ n }))
  const { status, json } = await create(await aServer(t, [order]), 'x'.repeat(256))
  t.deepEqual([status, (json.errors as { path: string }[])[0]?.path], [422, 'idempotency-key'])
})

test('a scope is the user, the method and the template; a fingerprint the path and the body', t => {
  t.is(scopeOf(undefined, 'post', '/signup'), 'anyone POST /signup')
  t.is(
    scopeOf(
      { id: customerId, username: 'c', role: 'customer', sessionId: 's', rightsVersion: 1, expiresAtMs: 0 },
      'post',
      '/orders',
    ),
    `${customerId} POST /orders`,
  )
  const print = fingerprintOf('/a', { b: [1, { d: null, c: 'x' }] })
  t.regex(print, /^[\da-f]{64}$/)
  t.is(print, fingerprintOf('/a', { b: [1, { c: 'x', d: null }] }))
  for (const other of [
    fingerprintOf('/b', { b: [1, { d: null, c: 'x' }] }),
    fingerprintOf('/a', { b: [{ d: null, c: 'x' }, 1] }),
    fingerprintOf('/a', undefined),
    fingerprintOf('/a', null),
  ])
    t.not(print, other)
})
