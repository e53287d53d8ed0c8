import test, { type ExecutionContext } from 'ava'
import { handle } from '@docket/chassis/messaging/handlers.ts'
import { publishOnlyTypesOf } from '@docket/chassis/messaging/published-types.ts'
import { PoisonEvents } from '@docket/kafka/poison-events.ts'
import {
  again,
  idOf,
  orderLinesCancelled,
  orderCancelled,
  orderCreated,
  returnFound,
  returnReceived,
  shipmentShipped,
  type Lines,
} from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { untilOneWaits } from '@docket/test/support/row-locks.ts'
import { insertItem, findItem } from './item.store.ts'
import { handlers } from './stock.handlers.ts'

async function anInventory(t: ExecutionContext, stock: Lines) {
  const inventory = await aConsumer(t, 'inventory-service', handlers)
  for (const [sku, quantity] of Object.entries(stock)) {
    await inventory.db.transaction(tx => insertItem(tx, { sku, name: sku, unitPrice: 100, currency: 'EUR', quantity }))
  }
  return {
    ...inventory,
    async stockOf(sku: string) {
      const item = await findItem(inventory.db.read, sku)
      return item && { available: item.available, reserved: item.reserved, shipped: item.shipped }
    },
    async publishedSummary() {
      return (await inventory.published()).map(({ type, sequence, key }) => [type, sequence, key])
    },
    /** What is at a location, and what its movements add up to, which must be the same. */
    async at(t: ExecutionContext, location: string, sku = 'mug') {
      const { rows } = await inventory.db.read.query<Record<string, number>>(
        `
        SELECT available, reserved, shipped, scrapped, lost, moved FROM (
          SELECT 'main' AS location, sku, available, reserved, shipped, scrapped, lost, moved FROM items
          UNION ALL SELECT location, sku, available, reserved, shipped, scrapped, lost, moved FROM stock_elsewhere) AS stock
        WHERE location = $1 AND sku = $2
        UNION ALL
        SELECT sum(available)::int, sum(reserved)::int, sum(shipped)::int, sum(scrapped)::int, sum(lost)::int, sum(moved)::int
        FROM movements WHERE location = $1 AND sku = $2`,
        [location, sku],
      )
      const [stock, ledger] = rows
      t.deepEqual(stock, ledger, 'the movements add up to the stock')
      return Object.fromEntries(Object.entries(stock ?? {}).filter(([, n]) => n !== 0))
    },
    async ledgerOf(sku: string) {
      const { rows } = await inventory.db.read.query<{ available: number; reserved: number; shipped: number }>(
        `
        SELECT sum(available)::int AS available, sum(reserved)::int AS reserved, sum(shipped)::int AS shipped FROM movements WHERE sku = $1`,
        [sku],
      )
      return rows[0]
    },
  }
}

test('an order reserves what it wants', async t => {
  const inventory = await anInventory(t, { mug: 5 })
  await inventory.receives(orderCreated('A', { mug: 2 }))
  t.deepEqual(await inventory.stockOf('mug'), { available: 3, reserved: 2, shipped: 0 })
  t.like((await inventory.published())[0], {
    type: 'stock.reserved',
    sequence: 1,
    key: idOf('A'),
    data: { total: 200, currency: 'EUR', paymentToken: 'tok_ok' },
  })
})

test('what is to be charged is passed on as the order has it: total, currency and card', async t => {
  const inventory = await anInventory(t, { mug: 5 })
  await inventory.receives(orderCreated('A', { mug: 2 }, { total: 1_234, currency: 'SEK', paymentToken: 'tok_other' }))
  t.deepEqual((await inventory.published())[0]?.data, {
    orderId: idOf('A'),
    customerId: idOf('a customer'),
    total: 1_234,
    currency: 'SEK',
    paymentToken: 'tok_other',
  })
})

test('a rejection names every item of which there is not enough', async t => {
  const inventory = await anInventory(t, { mug: 1, plate: 2, cup: 9 })
  await inventory.receives(orderCreated('A', { mug: 2, plate: 3, cup: 1 }))
  t.deepEqual((await inventory.published())[0]?.data, {
    orderId: idOf('A'),
    reason: 'out_of_stock',
    shortages: [
      { sku: 'mug', requested: 2, available: 1 },
      { sku: 'plate', requested: 3, available: 2 },
    ],
  })
})

test('an order that wants more than there is is rejected with its shortages, and holds nothing', async t => {
  const inventory = await anInventory(t, { mug: 5, plate: 1 })
  await inventory.receives(orderCreated('A', { mug: 2, plate: 3 }))
  t.deepEqual(await inventory.stockOf('mug'), { available: 5, reserved: 0, shipped: 0 })
  t.like((await inventory.published())[0], {
    type: 'stock.rejected',
    data: { reason: 'out_of_stock', shortages: [{ sku: 'plate', requested: 3, available: 1 }] },
  })
})

test('the last pieces go to who came first in the batch', async t => {
  const inventory = await anInventory(t, { mug: 3 })
  await inventory.receives(orderCreated('A', { mug: 2 }), orderCreated('B', { mug: 2 }), orderCreated('C', { mug: 1 }))
  t.deepEqual(
    (await inventory.published()).map(({ type }) => type),
    ['stock.reserved', 'stock.rejected', 'stock.reserved'],
  )
  t.deepEqual(await inventory.stockOf('mug'), { available: 0, reserved: 3, shipped: 0 })
})

test('an order that is delivered again reserves once', async t => {
  const inventory = await anInventory(t, { mug: 5 })
  const created = orderCreated('A', { mug: 2 })
  await inventory.receives(created, again(created))
  await inventory.receives(again(created))
  t.deepEqual(await inventory.stockOf('mug'), { available: 3, reserved: 2, shipped: 0 })
  t.is((await inventory.published()).length, 1)
})

test('a cancelled order gives back what it held', async t => {
  const inventory = await anInventory(t, { mug: 5 })
  await inventory.receives(orderCreated('A', { mug: 2 }))
  await inventory.receives(orderCancelled('A'))
  t.deepEqual(await inventory.stockOf('mug'), { available: 5, reserved: 0, shipped: 0 })
  t.deepEqual(await inventory.publishedSummary(), [
    ['stock.reserved', 1, idOf('A')],
    ['stock.released', 2, idOf('A')],
  ])
})

test('a cancel that overtakes its order leaves nothing reserved', async t => {
  const inventory = await anInventory(t, { mug: 5 })
  await inventory.receives(orderCancelled('A'))
  await inventory.receives(orderCreated('A', { mug: 2 }))
  t.deepEqual(await inventory.stockOf('mug'), { available: 5, reserved: 0, shipped: 0 })
  t.deepEqual(await inventory.published(), [])
})

test('an order and its cancellation in one batch leave nothing reserved, in whichever order they lie in it', async t => {
  const inventory = await anInventory(t, { mug: 5 })
  await inventory.receives(orderCreated('A', { mug: 2 }), orderCancelled('A'))
  await inventory.receives(orderCancelled('B'), orderCreated('B', { mug: 2 }))
  t.deepEqual(await inventory.stockOf('mug'), { available: 5, reserved: 0, shipped: 0 })
})

test('a cancellation that is delivered again gives back once', async t => {
  const inventory = await anInventory(t, { mug: 5 })
  await inventory.receives(orderCreated('A', { mug: 2 }), orderCreated('B', { mug: 1 }))
  const cancelled = orderCancelled('A')
  await inventory.receives(cancelled)
  await inventory.receives(again(cancelled), orderCancelled('A'))
  t.deepEqual(await inventory.stockOf('mug'), { available: 4, reserved: 1, shipped: 0 })
})

test('stock leaves with its parcel, once', async t => {
  const inventory = await anInventory(t, { mug: 5 })
  await inventory.receives(orderCreated('A', { mug: 2 }))
  await inventory.published()
  const shipped = shipmentShipped('A')
  await inventory.receives(shipped)
  await inventory.receives(again(shipped))
  t.deepEqual(await inventory.stockOf('mug'), { available: 3, reserved: 0, shipped: 2 })
  t.deepEqual(await inventory.publishedSummary(), [['stock.committed', 2, idOf('A')]])
})

test('stock that has left is not given back by a late cancellation', async t => {
  const inventory = await anInventory(t, { mug: 5 })
  await inventory.receives(orderCreated('A', { mug: 2 }))
  await inventory.receives(shipmentShipped('A'))
  await inventory.receives(orderCancelled('A'))
  t.deepEqual(await inventory.stockOf('mug'), { available: 3, reserved: 0, shipped: 2 })
})

test('a parcel of an order that never came is poison, by name', async t => {
  const inventory = await anInventory(t, { mug: 5 })
  const error = await t.throwsAsync(inventory.receives(orderCreated('A', { mug: 1 }), shipmentShipped('unknown')), {
    instanceOf: PoisonEvents,
  })
  t.deepEqual(
    [...(error?.reasons.keys() ?? [])].map(({ key }) => key),
    [idOf('unknown')],
  )
  t.deepEqual(await inventory.stockOf('mug'), { available: 5, reserved: 0, shipped: 0 }, 'the batch has no effect')
})

test('two replicas that handle overlapping batches sell no piece twice', async t => {
  const inventory = await anInventory(t, { mug: 10, plate: 10 })
  const orders = Array.from({ length: 16 }, (_, n) =>
    orderCreated(`order ${n}`, n % 2 ? { mug: 1, plate: 1 } : { plate: 1, mug: 1 }),
  )
  await Promise.all([
    inventory.receives(...orders),
    inventory.receives(...orders.toReversed().map(again)),
    inventory.receives(...orders.slice(4, 12).map(again)),
  ])
  t.deepEqual(await inventory.stockOf('mug'), { available: 0, reserved: 10, shipped: 0 })
  t.deepEqual(await inventory.stockOf('plate'), { available: 0, reserved: 10, shipped: 0 })
  const published = await inventory.published()
  t.is(published.length, 16)
  t.is(published.filter(({ type }) => type === 'stock.reserved').length, 10)
})

test('the ledger adds up to the stock', async t => {
  const inventory = await anInventory(t, { mug: 9 })
  await inventory.receives(orderCreated('A', { mug: 2 }), orderCreated('B', { mug: 3 }), orderCreated('C', { mug: 1 }))
  await inventory.receives(shipmentShipped('A'), orderCancelled('B'))
  t.deepEqual(await inventory.stockOf('mug'), { available: 6, reserved: 1, shipped: 2 })
  t.deepEqual(await inventory.ledgerOf('mug'), { available: 6, reserved: 1, shipped: 2 })
})

test('the database itself refuses to sell what is not there', async t => {
  const inventory = await anInventory(t, { mug: 1 })
  await t.throwsAsync(
    inventory.db.transaction(tx =>
      tx.query(`UPDATE items SET available = available - 2, reserved = reserved + 2 WHERE sku = 'mug'`),
    ),
    { message: /violates check constraint/ },
  )
  await t.throwsAsync(
    inventory.db.transaction(tx => tx.query(`UPDATE items SET available = available + 1 WHERE sku = 'mug'`)),
    { message: /stock_is_conserved/ },
  )
})

test('a batch that failed as a whole is as good as new when it comes again', async t => {
  const inventory = await anInventory(t, { mug: 5 })
  const created = orderCreated('A', { mug: 2 })
  await t.throwsAsync(inventory.receives(created, shipmentShipped('unknown')))
  await inventory.receives(again(created))
  t.deepEqual(await inventory.stockOf('mug'), { available: 3, reserved: 2, shipped: 0 })
  t.deepEqual(await inventory.publishedSummary(), [['stock.reserved', 1, idOf('A')]])
})

test('a reservation of stock that another replica has locked waits, and then sees what is left', async t => {
  const inventory = await anInventory(t, { mug: 5 })
  const { other } = await inventory.db.transaction(async tx => {
    await handle(tx, handlers, [orderCreated('A', { mug: 3 })])
    const other = inventory.receives(orderCreated('B', { mug: 3 })).catch((error: unknown) => error)
    await untilOneWaits(inventory.db)
    return { other }
  })
  t.deepEqual(await other, [], 'it did not fail, and nothing was ignored')
  t.deepEqual(
    (await inventory.published()).map(({ type }) => type),
    ['stock.reserved', 'stock.rejected'],
  )
  t.deepEqual(await inventory.stockOf('mug'), { available: 2, reserved: 3, shipped: 0 })
})

test('an order that leaves in parts holds what has not left, and is committed with the last of it', async t => {
  const inventory = await anInventory(t, { mug: 5, plate: 5 })
  await inventory.receives(orderCreated('A', { mug: 2, plate: 1 }))
  const first = shipmentShipped('A', { shipment: 'S', lines: { mug: 1 } })
  await inventory.receives(first)
  t.deepEqual(await inventory.at(t, 'main'), { available: 3, reserved: 1, shipped: 1 })
  await inventory.receives(again(first))
  await inventory.receives(
    shipmentShipped('A', { shipment: 'T', lines: { mug: 1, plate: 1 }, sequence: 2 }),
    again(first),
  )
  t.deepEqual(await inventory.at(t, 'main'), { available: 3, shipped: 2 })
  t.deepEqual(await inventory.at(t, 'main', 'plate'), { available: 4, shipped: 1 })
  t.deepEqual(
    (await inventory.published())
      .slice(1)
      .map(({ type, sequence, data }) => [type, sequence, data.shipmentId, data.lines]),
    [
      ['stock.committed', 2, idOf('S'), [{ sku: 'mug', quantity: 1 }]],
      [
        'stock.committed',
        3,
        idOf('T'),
        [
          { sku: 'mug', quantity: 1 },
          { sku: 'plate', quantity: 1 },
        ],
      ],
    ],
  )
})

test('cancelled lines are available again, once, and the rest of the order stays reserved', async t => {
  const inventory = await anInventory(t, { mug: 5, plate: 5 })
  await inventory.receives(orderCreated('A', { mug: 2, plate: 1 }))
  await inventory.published()
  const cancelled = orderLinesCancelled('A', 'R', { main: { mug: 2 } })
  await inventory.receives(cancelled, again(cancelled))
  await inventory.receives(again(cancelled))
  t.deepEqual(await inventory.at(t, 'main'), { available: 5 })
  t.deepEqual(await inventory.at(t, 'main', 'plate'), { available: 4, reserved: 1 })
  t.deepEqual(
    (await inventory.published()).map(({ type, data }) => [type, data.requestId, data.lines]),
    [['stock.released', idOf('R'), [{ sku: 'mug', quantity: 2 }]]],
  )
})

test('a cancelled order releases what is still reserved, not what has left or was released before', async t => {
  const inventory = await anInventory(t, { mug: 5 })
  await inventory.receives(orderCreated('A', { mug: 4 }))
  await inventory.receives(shipmentShipped('A', { shipment: 'S', lines: { mug: 1 } }))
  await inventory.receives(orderLinesCancelled('A', 'R', { main: { mug: 1 } }))
  await inventory.receives(orderCancelled('A'))
  t.deepEqual(await inventory.at(t, 'main'), { available: 4, shipped: 1 })
  await inventory.receives(orderLinesCancelled('A', 'Q', { main: { mug: 1 } }))
  t.deepEqual(await inventory.at(t, 'main'), { available: 4, shipped: 1 }, 'nothing is left to release')
})

test('a shipment, a cancellation of lines and the end of an order in one batch take each piece once', async t => {
  const inventory = await anInventory(t, { mug: 5 })
  await inventory.receives(orderCreated('A', { mug: 3 }))
  await inventory.receives(
    orderCancelled('A'),
    orderLinesCancelled('A', 'R', { main: { mug: 1 } }),
    shipmentShipped('A', { shipment: 'S', lines: { mug: 1 } }),
  )
  t.deepEqual(await inventory.at(t, 'main'), { available: 4, shipped: 1 })
  t.deepEqual(
    (await inventory.publishedSummary()).map(([type, sequence]) => [type, sequence]),
    [
      ['stock.reserved', 1],
      ['stock.committed', 2],
      ['stock.released', 3],
      ['stock.released', 4],
    ],
  )
})

test('what an order does not hold where it should leave is poison, and the batch has no effect', async t => {
  const inventory = await anInventory(t, { mug: 5 })
  await inventory.receives(orderCreated('A', { mug: 2 }), orderCreated('B', { mug: 1 }))
  for (const wrong of [
    shipmentShipped('A', { shipment: 'S', lines: { mug: 3 } }),
    shipmentShipped('A', { shipment: 'S', location: 'shop', lines: { mug: 1 } }),
    orderLinesCancelled('A', 'R', { shop: { mug: 1 } }),
  ]) {
    const error = await t.throwsAsync(inventory.receives(shipmentShipped('B'), wrong), { instanceOf: PoisonEvents })
    t.deepEqual([...(error?.reasons.keys() ?? [])], [wrong])
  }
  t.deepEqual(await inventory.at(t, 'main'), { available: 2, reserved: 3 })
})

/** Two mugs of order A have left from `main`. */
async function aShippedOrder(t: ExecutionContext) {
  const inventory = await anInventory(t, { mug: 5 })
  await inventory.receives(orderCreated('A', { mug: 2 }))
  await inventory.receives(shipmentShipped('A'))
  await inventory.published()
  return inventory
}

test('goods that come back are available or scrapped as they were counted, once', async t => {
  const inventory = await aShippedOrder(t)
  const received = returnReceived('A', 'R', { restock: { mug: 1 }, scrap: { mug: 1 } })
  await inventory.receives(received, again(received))
  await inventory.receives(again(received))
  t.deepEqual(await inventory.at(t, 'main'), { available: 4, scrapped: 1 })
  t.deepEqual(
    (await inventory.published()).map(({ type, sequence, data }) => [type, sequence, data]),
    [
      [
        'stock.returned',
        3,
        { orderId: idOf('A'), returnId: idOf('R'), from: 'main', to: 'main', lines: received.data.lines },
      ],
    ],
  )
})

test('goods that come back to another location are no longer shipped where they left', async t => {
  const inventory = await aShippedOrder(t)
  await inventory.receives(returnReceived('A', 'R', { restock: { mug: 1 } }, { to: 'shop' }))
  await inventory.receives(returnReceived('A', 'Q', { restock: { mug: 1 } }, { to: 'shop' }))
  t.deepEqual(await inventory.at(t, 'main'), { available: 3, moved: -2 })
  t.deepEqual(await inventory.at(t, 'shop'), { available: 2, moved: 2 })
  t.like(await findItem(inventory.db.read, 'mug'), { available: 5, shipped: 0, received: 5 })
})

test('lost goods stay shipped and are counted, and those that turn up are lost no more', async t => {
  const inventory = await aShippedOrder(t)
  await inventory.receives(returnReceived('A', 'R', { lost: { mug: 2 } }))
  t.deepEqual(await inventory.at(t, 'main'), { available: 3, shipped: 2, lost: 2 })
  const found = returnFound('A', 'F', 'R', { scrap: { mug: 1 } })
  await inventory.receives(found)
  await inventory.receives(again(found))
  t.deepEqual(await inventory.at(t, 'main'), { available: 3, shipped: 1, lost: 1, scrapped: 1 })
  t.like(await findItem(inventory.db.read, 'mug'), { scrapped: 1, lost: 1, received: 5 })
})

test('more than has left cannot come back', async t => {
  const inventory = await aShippedOrder(t)
  await t.throwsAsync(inventory.receives(returnReceived('A', 'R', { restock: { mug: 3 } })), {
    message: /violates check constraint/,
  })
  t.deepEqual(await inventory.at(t, 'main'), { available: 3, shipped: 2 })
})

test('a return of an order that never came is poison, by name', async t => {
  const inventory = await aShippedOrder(t)
  const unknown = returnReceived('unknown', 'R', { restock: { mug: 1 } })
  const error = await t.throwsAsync(inventory.receives(unknown), { instanceOf: PoisonEvents })
  t.deepEqual([...(error?.reasons.keys() ?? [])], [unknown])
})

test.serial('a return is answered by a replica that may publish no new types yet: another one has asked', async t => {
  const inventory = await aShippedOrder(t)
  publishOnlyTypesOf('0.1.0')
  t.teardown(() => publishOnlyTypesOf('0.2.0'))
  await inventory.receives(returnReceived('A', 'R', { restock: { mug: 1 } }))
  t.deepEqual(await inventory.publishedSummary(), [['stock.returned', 3, idOf('A')]])
})

test('two replicas that count the same part, cancellation and return at the same time count each once', async t => {
  const inventory = await anInventory(t, { mug: 100 })
  const names = Array.from({ length: 8 }, (_, n) => `order ${n}`)
  await inventory.receives(...names.map(name => orderCreated(name, { mug: 4 })))
  const batch = names.flatMap(name => [
    shipmentShipped(name, { shipment: `S ${name}`, lines: { mug: 2 } }),
    orderLinesCancelled(name, `R ${name}`, { main: { mug: 1 } }),
    returnReceived(name, `back ${name}`, { restock: { mug: 1 } }),
  ])
  await Promise.all([
    inventory.receives(...batch),
    inventory.receives(...batch.toReversed().map(again)),
    inventory.receives(...batch.slice(6, 18).map(again)),
  ])
  t.deepEqual(await inventory.at(t, 'main'), { available: 84, reserved: 8, shipped: 8 })
})

test('a batch takes as many statements for 100 events as for one', async t => {
  const inventory = await anInventory(t, { mug: 1_000 })
  const counts = []
  for (const [round, size] of [1, 100].entries()) {
    const names = Array.from({ length: size }, (_, n) => `order ${round} ${n}`)
    const statements = []
    for (const events of [
      names.map(name => orderCreated(name, { mug: 4 })),
      names.map(name => shipmentShipped(name, { shipment: `S ${name}`, lines: { mug: 1 } })),
      names.map(name => orderLinesCancelled(name, `R ${name}`, { main: { mug: 1 } })),
      names.map(name => orderCancelled(name)),
      names.map(name => returnReceived(name, `back ${name}`, { lost: { mug: 1 } })),
      names.map(name => returnFound(name, `found ${name}`, `back ${name}`, { restock: { mug: 1 } }, { to: 'shop' })),
    ])
      statements.push(await inventory.statementsFor(...events))
    counts.push(statements)
  }
  t.deepEqual(counts[1], counts[0])
})
