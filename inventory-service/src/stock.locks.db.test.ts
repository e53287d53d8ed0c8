import test from 'ava'
import {
  idOf,
  orderLinesCancelled,
  orderCancelled,
  orderCreated,
  returnReceived,
  shipmentShipped,
  type Lines,
} from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { deadlocksAmong, numbered } from '@docket/test/support/replicas.ts'
import { untilOneWaits } from '@docket/test/support/row-locks.ts'
import { insertItem } from './item.store.ts'
import { handlers } from './stock.handlers.ts'

const items = numbered(20).map(n => `item-${n}`)
const pieces = 1_000_000

async function anInventory(t: Parameters<typeof aConsumer>[0]) {
  const inventory = await aConsumer(t, 'inventory-service', handlers)
  await inventory.db.transaction(async tx => {
    for (const sku of items) await insertItem(tx, { sku, name: sku, unitPrice: 100, currency: 'EUR', quantity: pieces })
  })
  return inventory
}

const linesOf = (n: number): Lines =>
  Object.fromEntries([n * 7, n * 3 + 5].map(index => [items[index % items.length] ?? '', 1]))

const kinds = ['new', 'paid', 'cancelled'] as const

const ordersOf = (kind: (typeof kinds)[number], replica: number, round: number) =>
  numbered(3).map(n => ({
    name: `${kind} ${replica} ${round} ${n}`,
    lines: linesOf(round + ((kinds.indexOf(kind) + replica) % kinds.length) * 3 + n),
  }))

for (const replicas of [2, 3]) {
  const rounds = Math.ceil(80 / replicas)

  test(`${replicas} replicas that reserve, ship and release the same few items never deadlock`, async t => {
    const inventory = await anInventory(t)
    const held = numbered(replicas).flatMap(replica =>
      numbered(rounds).flatMap(round => [
        ...ordersOf('paid', replica, round),
        ...ordersOf('cancelled', replica, round),
      ]),
    )
    await inventory.receives(...held.map(({ name, lines }) => orderCreated(name, lines)))
    const batchOf = (replica: number, round: number) => [
      ...ordersOf('new', replica, round).map(({ name, lines }) => orderCreated(name, lines)),
      ...ordersOf('paid', replica, round).map(({ name }) => shipmentShipped(name)),
      ...ordersOf('cancelled', replica, round).map(({ name }) => orderCancelled(name)),
    ]
    t.is(await deadlocksAmong(t, inventory.db, handlers, { replicas, rounds, batchOf }), 0)
  })

  test(`${replicas} replicas that ship, release and take back parts of the same orders never deadlock`, async t => {
    const inventory = await anInventory(t)
    const linesOf = (n: number): Lines => (n % 2 === 0 ? { 'item-0': 1, 'item-2': 1 } : { 'item-3': 1, 'item-1': 1 })
    const orders = numbered(rounds).flatMap(round =>
      numbered(4).map(n => ({ name: `${round} ${n}`, lines: linesOf(n) })),
    )
    const all = (lines: Lines) => Object.fromEntries(Object.keys(lines).map(sku => [sku, 3]))
    await inventory.receives(...orders.map(({ name, lines }) => orderCreated(name, all(lines))))
    await inventory.receives(
      ...orders.map(({ name, lines }) => shipmentShipped(name, { shipment: `S ${name}`, lines })),
    )
    // what one replica takes back, the next one ships, as between the partitions of two topics
    const batchOf = (replica: number, round: number) => {
      const ofRound = orders.slice(4 * round, 4 * (round + 1))
      const [back, out] = [0, 1].map(parity => ofRound.filter((_, n) => (n + replica) % 2 === parity))
      return [
        ...(back ?? []).map(({ name, lines }, n) =>
          returnReceived(name, `R ${name}`, { restock: lines }, { to: n === 0 ? 'shop' : 'main' }),
        ),
        ...(out ?? []).map(({ name, lines }) => orderLinesCancelled(name, `Q ${name}`, { main: lines })),
        ...(out ?? []).map(({ name, lines }) => shipmentShipped(name, { shipment: `T ${name}`, lines })),
      ]
    }
    t.is(await deadlocksAmong(t, inventory.db, handlers, { replicas, rounds, batchOf }), 0)
  })

  test(`${replicas} replicas that hear of the same orders in crossed types never deadlock`, async t => {
    const inventory = await anInventory(t)
    // one replica creates what the next one cancels, as between the partitions of two topics
    const batchOf = (replica: number, round: number) =>
      numbered(12).map(n =>
        (n + replica) % 2 === 0 ? orderCreated(`${round} ${n}`, linesOf(n)) : orderCancelled(`${round} ${n}`),
      )
    t.is(await deadlocksAmong(t, inventory.db, handlers, { replicas, rounds, batchOf }), 0)
  })
}

test('what comes back waits for whatever changes what its order still holds', async t => {
  const inventory = await anInventory(t)
  await inventory.receives(orderCreated('A', { 'item-0': 1, 'item-1': 1 }))
  await inventory.receives(shipmentShipped('A', { shipment: 'S', lines: { 'item-0': 1 } }))
  const { handled } = await inventory.db.transaction(async tx => {
    await tx.query(`SELECT FROM items WHERE sku = 'item-1' FOR UPDATE`)
    const handled = inventory.receives(returnReceived('A', 'R', { restock: { 'item-0': 1 } }))
    await untilOneWaits(inventory.db)
    return { handled }
  })
  await handled
  t.pass()
})

test('orders are claimed by their ids, whatever the order and the types of the events', async t => {
  const inventory = await anInventory(t)
  const names = ['A', 'B', 'C', 'D', 'E'].toSorted((a, b) => (idOf(a) < idOf(b) ? -1 : 1))
  const events = names
    .toReversed()
    .map((name, n) => (n % 2 === 0 ? orderCreated(name, linesOf(n)) : orderCancelled(name)))
  const claim = `INSERT INTO claims (order_id, status) SELECT unnest($1::uuid[]), 'void' RETURNING order_id`
  const { handled } = await inventory.db.transaction(async tx => {
    await tx.query(claim, [names.slice(2, 3).map(idOf)])
    const handled = inventory.receives(...events)
    await untilOneWaits(inventory.db)
    const free = await inventory.db.transaction(async other => {
      await other.query(`SET LOCAL lock_timeout = '2s'`)
      return (await other.query(claim, [names.slice(3).map(idOf)])).rowCount
    })
    t.is(free, 2, 'those with greater ids are claimed after the one that it waits for')
    return { handled }
  })
  await handled
})

for (const [what, event] of [
  ['ship', shipmentShipped('A')],
  ['release', orderCancelled('A')],
  ['reserve', orderCreated('B', { c: 1, a: 1, e: 1, b: 1, d: 1 })],
] as const)
  test(`what is there to ${what} is locked by sku, whatever the order of the rows`, async t => {
    const inventory = await aConsumer(t, 'inventory-service', handlers)
    const shelf = ['d', 'b', 'e', 'a', 'c']
    await inventory.db.transaction(async tx => {
      for (const sku of shelf) await insertItem(tx, { sku, name: sku, unitPrice: 100, currency: 'EUR', quantity: 9 })
    })
    await inventory.receives(orderCreated('A', Object.fromEntries(shelf.map(sku => [sku, 1]))))
    const { handled } = await inventory.db.transaction(async tx => {
      await tx.query(`SELECT FROM items WHERE sku = 'c' FOR UPDATE`)
      const handled = inventory.receives(event)
      await untilOneWaits(inventory.db)
      const { rows } = await inventory.db.transaction(other =>
        other.query<{ sku: string }>('SELECT sku FROM items ORDER BY sku FOR UPDATE SKIP LOCKED'),
      )
      t.deepEqual(
        rows.map(({ sku }) => sku),
        ['d', 'e'],
      )
      return { handled }
    })
    await handled
  })
