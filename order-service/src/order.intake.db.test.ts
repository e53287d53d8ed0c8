import test, { type ExecutionContext } from 'ava'
import { Unavailable } from '@docket/chassis/http/errors.ts'
import {
  idOf,
  paymentFailed,
  paymentSucceeded,
  stockCommitted,
  stockRejected,
  stockReserved,
} from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { pendingOrder } from '@docket/test/support/pending-order.ts'
import { until } from '@docket/test/support/until.ts'
import { leastLimit } from './admission.ts'
import { handlers } from './order.handlers.ts'
import { intakeOf } from './order.intake.ts'
import { cancelAll, create } from './order.steps.ts'
import { readBacklog } from './order.store.ts'
import { expire } from './order.sweeps.ts'

const limits = { ceiling: 5_000, waitMs: 3_000 }

async function anOrderService(t: ExecutionContext) {
  const { db, receives } = await aConsumer(t, 'order-service', handlers)
  const change = (sql: string) => db.transaction(tx => tx.query(sql))
  return {
    db,
    receives,
    change,
    create: (names: string[], windowMs = 60_000) => db.transaction(tx => create(tx, names.map(pendingOrder), windowMs)),
    createMany: (orders: number) =>
      change(`
        INSERT INTO orders (id, customer_id, status, lines, total, currency, payment_token, expires_at)
        SELECT gen_random_uuid(), gen_random_uuid(), 'pending', '[]', 0, 'EUR', '', now() + interval '1 hour' FROM generate_series(1, ${orders})`),
    /** Whether a replica that has just looked admits an order. */
    async admits(intake = intakeOf(limits)) {
      await intake.look(db.read)
      try {
        intake.admit(db)
        return true
      } catch (error) {
        if (error instanceof Unavailable) return false
        throw error
      }
    },
  }
}

test('orders that wait for machines, and those that wait for their payment, are told apart by their progress', async t => {
  const { create, receives, db, change } = await anOrderService(t)
  const backlog = () => readBacklog(db.read, 100, 30_000)
  await create(['A', 'B', 'C', 'D'])
  t.like(await backlog(), { open: 4, machines: 4, payment: 0 })
  await receives(...['B', 'C', 'D'].map(name => stockReserved(name)))
  t.like(await backlog(), { open: 4, machines: 1, payment: 3 })
  await receives(paymentSucceeded('C'), paymentSucceeded('D'))
  t.like(await backlog(), { open: 4, machines: 3, payment: 1 })
  await receives(stockCommitted('D'))
  t.like(await backlog(), { open: 3, machines: 2, payment: 1 })
  await change(
    `UPDATE orders SET updated_at = updated_at - interval '1 minute', created_at = created_at - interval '1 minute'`,
  )
  t.like(await backlog(), { open: 3, machines: 0, payment: 0 }, 'those without progress wait for somebody')
  t.like(await readBacklog(db.read, 2, 30_000), { open: 2 })
})

test('an order that the answer of a service has ended is counted once; not one that a person or a clock has ended', async t => {
  const { create, receives, db } = await anOrderService(t)
  const names = ['first', 'completed', 'declined', 'rejected', 'cancelled']
  await create(names)
  await create(['expired'], 0)
  await receives(paymentFailed('first')) // a sequence has 1 before its first number, and as that
  const ended = async () => (await readBacklog(db.read, 100, 30_000)).ended
  const before = await ended()
  await receives(stockReserved('completed'), paymentSucceeded('completed'))
  await db.transaction(tx => cancelAll(tx, [{ id: idOf('cancelled'), reason: 'requested' }]))
  t.is(await expire(db), 1)
  t.is((await ended()) - before, 0)
  const ends = [stockCommitted('completed'), paymentFailed('declined'), stockRejected('rejected')]
  await receives(...ends)
  t.is((await ended()) - before, 3)
  await receives(...ends)
  t.is((await ended()) - before, 3)
})

test('more orders than the least limit that wait for a machine close the intake of each replica, and stale ones do not', async t => {
  const { createMany, admits, change } = await anOrderService(t)
  await createMany(leastLimit)
  t.true(await admits())
  await createMany(1)
  t.false(await admits())
  t.false(await admits(), 'the other replica')
  await change(`UPDATE orders SET updated_at = now() - interval '1 hour', created_at = now() - interval '1 hour'`)
  t.true(await admits())
})

test('orders that wait for a provider that answers nothing close the intake at the ceiling only', async t => {
  const { createMany, admits, change } = await anOrderService(t)
  await createMany(limits.ceiling - 1)
  await change(`UPDATE orders SET created_at = created_at - interval '1 second'`)
  t.true(await admits())
  await createMany(1)
  t.false(await admits())
})

test('the limit of both replicas grows with the orders that end, whichever of them ended them', async t => {
  const { db, change } = await anOrderService(t)
  const replicas = [intakeOf(limits), intakeOf(limits)]
  const look = () => Promise.all(replicas.map(replica => replica.look(db.read)))
  await look()
  t.deepEqual(
    replicas.map(replica => replica.limit()),
    [leastLimit, leastLimit],
  )
  await until('the limit has grown to the ceiling', async () => {
    await change(`SELECT setval('ended_orders', last_value + 100000) FROM ended_orders`)
    await look()
    return replicas.every(replica => replica.limit() === limits.ceiling)
  })
  t.pass()
})

test('a look that fails changes nothing: what was seen last counts', async t => {
  const { createMany, admits, change, db } = await anOrderService(t)
  const intake = intakeOf(limits)
  await createMany(leastLimit + 1)
  t.false(await admits(intake))
  await change('DROP SEQUENCE ended_orders')
  await t.throwsAsync(intake.look(db.read))
  t.throws(() => intake.admit(db), { instanceOf: Unavailable })
})

test('after a look that failed, requests look again', async t => {
  const { createMany, change, db } = await anOrderService(t)
  const intake = intakeOf(limits)
  await createMany(leastLimit + 1)
  await change('ALTER SEQUENCE ended_orders RENAME TO away')
  intake.admit(db)
  await t.throwsAsync(intake.look(db.read))
  await change('ALTER SEQUENCE away RENAME TO ended_orders')
  await until('it has seen that too many are under way', async () => {
    try {
      intake.admit(db)
      return false
    } catch (error) {
      return error instanceof Unavailable
    }
  })
  t.pass()
})
