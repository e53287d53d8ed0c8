import test, { type ExecutionContext } from 'ava'
import {
  allExcept,
  idOf,
  orderLinesCancelled,
  orderCancelled,
  orderCreated,
  retentionPassed,
  returnReceived,
  shipmentShipped,
} from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { runPurge } from '@docket/test/support/purges.ts'
import { insertItem } from './item.store.ts'
import { purges } from './retention.sweeps.ts'
import { handlers } from './stock.handlers.ts'

/**
 * An inventory that had ten mugs, with an order for each ending: A took two, B returned three, C holds one, D wanted
 * too many.
 */
async function anInventory(t: ExecutionContext) {
  const inventory = await aConsumer(t, 'inventory-service', handlers)
  const mug = { sku: 'mug', name: 'mug', unitPrice: 100, currency: 'EUR', quantity: 10 }
  await inventory.db.transaction(tx => insertItem(tx, mug))
  const history = [
    orderCreated('A', { mug: 2 }),
    orderCreated('B', { mug: 3 }),
    orderCreated('C', { mug: 1 }),
    orderCreated('D', { mug: 99 }),
    shipmentShipped('A'),
    orderCancelled('B'),
    orderCancelled('E'), // its order never arrived
  ]
  await inventory.receives(...history)
  await inventory.published()
  const one = async <Row>(sql: string) => (await inventory.db.read.query<Row>(sql)).rows[0]
  return {
    ...inventory,
    history,
    purges: () => runPurge(inventory.db, purges()),
    claims: async () =>
      (await inventory.db.read.query<{ id: string }>('SELECT order_id AS id FROM claims')).rows.map(({ id }) => id),
    reservations: () => one<{ pieces: number }>('SELECT coalesce(sum(quantity), 0)::int AS pieces FROM reservations'),
    movements: () => one<{ n: number }>('SELECT count(*) AS n FROM movements'),
    stock: () => one('SELECT available, reserved, shipped FROM items'),
    ledger: () =>
      one(`
        SELECT sum(available)::int AS available, sum(reserved)::int AS reserved, sum(shipped)::int AS shipped
        FROM (SELECT available, reserved, shipped FROM movements UNION ALL SELECT available, reserved, shipped FROM purged_stock) AS all_of_them`),
  }
}

const stock = { available: 7, reserved: 1, shipped: 2 }

test('claims go, except of what is held or kept, and stock and ledger are as before', async t => {
  const inventory = await anInventory(t)
  await inventory.receives(retentionPassed({ details: allExcept('D') }))
  t.deepEqual(await inventory.purges(), { 'purge claims': 1, 'purge reservations': 0 })
  t.deepEqual((await inventory.claims()).sort(), [idOf('C'), idOf('D')].sort())
  t.deepEqual(await inventory.reservations(), { pieces: 6 })
  t.deepEqual([await inventory.stock(), await inventory.ledger()], [stock, stock])
})

test('reservations and movements of whole orders go, and the sums stay right', async t => {
  const inventory = await anInventory(t)
  await inventory.receives(retentionPassed({ details: allExcept(), orders: allExcept() }))
  await inventory.purges()
  t.deepEqual(await inventory.reservations(), { pieces: 1 }, 'what C holds')
  t.deepEqual(await inventory.movements(), { n: 2 }, 'what was received, and what C holds')
  t.deepEqual([await inventory.stock(), await inventory.ledger()], [stock, stock])
})

test('nothing is reserved, released or shipped again when a purged history is replayed', async t => {
  const inventory = await anInventory(t)
  await inventory.receives(retentionPassed({ details: allExcept(), orders: allExcept() }))
  await inventory.purges()
  for (const event of inventory.history) t.deepEqual(await inventory.receives(event), [event], event.type)
  t.is((await inventory.receives(...inventory.history)).length, inventory.history.length)
  t.deepEqual(await inventory.published(), [])
  t.deepEqual([await inventory.stock(), await inventory.ledger()], [stock, stock])
  t.deepEqual(await inventory.claims(), [idOf('C')])
})

test('orders of which parts have left, were cancelled and came back leave no row, and the sums stay right', async t => {
  const inventory = await aConsumer(t, 'inventory-service', handlers)
  const mug = { sku: 'mug', name: 'mug', unitPrice: 100, currency: 'EUR', quantity: 10 }
  await inventory.db.transaction(tx => insertItem(tx, mug))
  await inventory.receives(orderCreated('A', { mug: 4 }), shipmentShipped('A', { lines: { mug: 3 } }))
  await inventory.receives(orderLinesCancelled('A', 'R', { main: { mug: 1 } })) // it holds nothing any more
  await inventory.receives(returnReceived('A', 'B', { scrap: { mug: 1 }, lost: { mug: 1 } }))
  await inventory.receives(returnReceived('A', 'C', { restock: { mug: 1 } }, { to: 'shop' }))
  await inventory.receives(retentionPassed({ details: allExcept(), orders: allExcept() }))
  await runPurge(inventory.db, purges())
  const rows = async (sql: string) => (await inventory.db.read.query(sql)).rows
  t.deepEqual(await rows('SELECT order_id FROM movements WHERE order_id IS NOT NULL'), [])
  for (const table of ['claims', 'counted', 'reservations', 'reservations_elsewhere'])
    t.deepEqual(await rows(`SELECT FROM ${table}`), [], table)
  const numbers = 'available, reserved, shipped, scrapped, lost, moved'
  const sums = numbers.replaceAll(/\w+/g, number => `sum(${number})::int AS ${number}`)
  t.deepEqual(
    await rows(
      `SELECT ${sums} FROM (SELECT ${numbers} FROM movements UNION ALL SELECT ${numbers} FROM purged_stock) AS ledger`,
    ),
    await rows(`SELECT ${numbers} FROM items`),
  )
  t.deepEqual(
    await rows(
      `SELECT location, ${numbers.replaceAll(/\w+/g, number => `${number}::int`)} FROM purged_stock_elsewhere`,
    ),
    await rows(`SELECT location, ${numbers} FROM stock_elsewhere`),
  )
})
