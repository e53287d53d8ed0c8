import test, { type ExecutionContext } from 'ava'
import { authenticator } from '@docket/chassis/http/auth.ts'
import { handleBatch } from '@docket/chassis/messaging/handlers.ts'
import { call } from '@docket/test/support/client.ts'
import { ada, again, idOf, operatorActed as acted } from '@docket/test/support/events.ts'
import { keys, observerToken, operatorId, operatorToken, token } from '@docket/test/support/http-server.ts'
import { actsOf } from '@docket/test/support/listener.ts'
import { aMysqlDatabase } from '@docket/test/support/mysql.ts'
import { aServer } from '@docket/test/support/service-endpoints.ts'
import { handlers } from './audit.handlers.ts'
import { auditRoutes } from './audit.routes.ts'
import { forgetActs } from './session.sweeps.ts'

async function anAudit(t: ExecutionContext) {
  const db = await aMysqlDatabase(t)
  const url = await aServer(
    t,
    auditRoutes,
    db,
    authenticator(async () => keys.publicKey),
  )
  const send = (method: string, path: string, body?: unknown, who = operatorToken()) =>
    call(url + path, method, body, { authorization: `Bearer ${who}` })
  return {
    db,
    send,
    receives: (...events: ReturnType<typeof acted>[]) => handleBatch(db, handlers, events),
    async listed(query = '') {
      const { body } = await send('GET', `/audit?${query}`)
      return (body.items as { act: string }[]).map(({ act }) => act)
    },
  }
}

test('acts of all services are listed, the newest first, whole, and once however often they are delivered', async t => {
  const { receives, send, listed } = await anAudit(t)
  const order = idOf('order')
  const adjusted = acted('stock.adjusted', { reason: 'counted – “twice”', detail: 'by -2, to 98 available' })
  const refunded = acted('refund.created', {
    on: { kind: 'refund', id: idOf('refund') },
    orderId: order,
    reason: 'late',
  })
  await receives(adjusted, again(adjusted), refunded)
  await receives(refunded)
  t.deepEqual(await listed(), ['refund.created', 'stock.adjusted'])
  const { body } = await send('GET', '/audit')
  t.deepEqual((body.items as unknown[])[1], {
    id: adjusted.key,
    at: adjusted.time,
    act: 'stock.adjusted',
    by: ada,
    from: '192.0.2.7',
    on: { kind: 'item', id: 'mug' },
    service: 'inventory-service',
    reason: 'counted – “twice”',
    detail: 'by -2, to 98 available',
  })
})

test('acts are found by who, what, on what, by order and time, and are paged', async t => {
  const { receives, send, listed } = await anAudit(t)
  const order = idOf('order')
  const bob = { ...ada, userId: idOf('bob'), username: 'bob' }
  await receives(
    acted('stock.adjusted'),
    acted('order.cancelled', { by: bob, on: { kind: 'order', id: order }, orderId: order }),
    acted('refund.created', { on: { kind: 'refund', id: idOf('refund') }, orderId: order }),
  )
  t.deepEqual(await listed('by=Ada'), ['refund.created', 'stock.adjusted'])
  t.deepEqual(await listed('act=order.cancelled'), ['order.cancelled'])
  t.deepEqual(await listed('kind=item&on=mug'), ['stock.adjusted'])
  t.deepEqual(await listed(`order=${order}`), ['refund.created', 'order.cancelled'])
  t.deepEqual(await listed(`order=${order}&by=bob`), ['order.cancelled'])
  t.deepEqual(await listed(`since=${new Date(Date.now() + 60_000).toISOString()}`), [])
  t.deepEqual(await listed(`until=${new Date(Date.now() - 60_000).toISOString()}`), [])
  t.is((await listed(`since=${new Date(Date.now() - 60_000).toISOString()}`)).length, 3)
  const { body: first } = await send('GET', '/audit?limit=2')
  t.deepEqual(await listed(`limit=2&cursor=${first.nextCursor}`), ['stock.adjusted'])
})

test('only operators see who did what', async t => {
  const { send } = await anAudit(t)
  t.is((await send('GET', '/audit', undefined, token())).status, 403)
  t.is((await send('GET', '/audit', undefined, observerToken())).status, 403)
})

test("POST /audit publishes 'operator.acted' before personal data is shown: who, from where, on what and why", async t => {
  const { db, send } = await anAudit(t)
  const body = {
    on: { kind: 'dead_letter', id: 'order-events/17' },
    orderId: idOf('order'),
    reason: 'a customer called',
  }
  t.is((await send('POST', '/audit', body, token())).status, 403)
  t.is((await send('POST', '/audit', { ...body, act: 'stock.adjusted' })).status, 422, 'no other act can be claimed')
  t.is((await send('POST', '/audit', body)).status, 204)
  const [{ actId, ...act } = { actId: '' }, ...more] = await actsOf(db)
  t.deepEqual(more, [])
  t.regex(actId, /^[\da-f-]{36}$/)
  t.deepEqual(act, {
    act: 'personal_data.shown',
    by: { userId: operatorId, username: 'olga', role: 'operator' },
    from: '127.0.0.1',
    ...body,
  })
})

test('acts older than AUDIT_RETENTION are deleted', async t => {
  const { db, receives, listed } = await anAudit(t)
  const old = { ...acted('user.disabled'), time: new Date(Date.now() - 3_601_000).toISOString() }
  await receives(old, acted('user.enabled'))
  t.is(await forgetActs(3_600_000)(db), 1)
  t.deepEqual(await listed(), ['user.enabled'])
})
