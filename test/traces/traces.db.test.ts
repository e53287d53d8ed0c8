import test from 'ava'
import { publishOnlyTypesOf } from '@docket/chassis/messaging/published-types.ts'
import { agrees } from './agreement.ts'
import { aShop } from './shop.ts'

// What went wrong in a first version of the rules: `npm run model -- --without RULE` prints the shortest way there, and
// the test goes it with the handlers, routes and sweeps of the services. test/model/README.md has the list.

test.serial(
  'o.request-any-state: a request that is refused is decided although its order has been completed',
  async t => {
    const shop = await aShop(t)
    const id = await shop.acceptedOrder({ mug: 2, plate: 1 }, 'order -> shipping')
    t.like(await shop.cancel(id), { status: 202, body: { status: 'open' } })
    await shop.deliverAll('shipping -> order')
    t.is((await shop.show(id)).status, 'completed')
    await shop.deliverAll()
    t.deepEqual(await shop.requests(id), ['refused'])
    await agrees(t, shop, id)
  },
)

test.serial(
  'o.location: the piece that is released is the one that was withdrawn, not one that has just left',
  async t => {
    const shop = await aShop(t, { handover: 'manual' })
    const id = await shop.order({ mug: 2, plate: 1 })
    await shop.deliverAll('inventory -> order')
    await shop.liesAt('shop', id, { mug: 1 })
    await shop.deliverAll()
    const atMain = (await shop.shipments(id)).find(({ location }) => location === 'main')
    await shop.dispatch(atMain!.id, { mug: 1 })
    await shop.cancel(id, { mug: 1 })
    await shop.deliverAll('shipping -> inventory')
    await shop.deliverAll()
    t.deepEqual(await shop.requests(id), ['withdrawn'])
    t.like(await shop.stockAt('shop', 'mug'), { available: 1, reserved: 0 })
    t.like(await shop.stockAt('main', 'mug'), { reserved: 0, shipped: 1 })
    await agrees(t, shop, id)
  },
)

test.serial('o.return-kept: a return that overtakes its stock.committed waits for it', async t => {
  const shop = await aShop(t)
  const id = await shop.acceptedOrder({ mug: 2, plate: 1 }, 'shipping -> inventory')
  await shop.ends(await shop.onlyShipment(id), 'lost')
  await shop.deliverAll('shipping -> inventory')
  t.like((await shop.show(id)).lines[0], { shipped: 0, returned: 0 })
  await shop.deliverAll()
  t.like((await shop.show(id)).lines[0], { shipped: 2, returned: 2 })
  await agrees(t, shop, id)
})

test.serial('s.other-returns: a piece that is to be sent back is not lost a second time', async t => {
  const shop = await aShop(t)
  const id = await shop.acceptedOrder({ mug: 2, plate: 1 })
  const back = await shop.askReturn(id, { plate: 1 })
  await shop.receive(back, 'restock', { plate: 1 })
  await shop.ends(await shop.onlyShipment(id), 'lost')
  await shop.deliverAll()
  t.deepEqual(
    (await shop.returns(id)).map(({ kind, lines }) => [kind, lines.map(({ sku }) => sku)]),
    [
      ['asked', ['plate']],
      ['lost', ['mug']],
    ],
  )
  t.like(await shop.receive(back, 'restock', { plate: 1 }), { status: 409 })
  await agrees(t, shop, id)
})

test.serial('s.takes-over: what was to be sent back and is lost is refunded', async t => {
  const shop = await aShop(t)
  const id = await shop.acceptedOrder({ mug: 2 })
  const back = await shop.askReturn(id, { mug: 2 })
  await shop.ends(await shop.onlyShipment(id), 'lost')
  await shop.deliverAll()
  t.deepEqual(
    (await shop.returns(id)).map(({ kind, status }) => [kind, status]),
    [
      ['asked', 'cancelled'],
      ['lost', 'received'],
    ],
  )
  t.like(await shop.receive(back, 'restock', { mug: 2 }), { status: 409 })
  t.like(await shop.payment(id), { amount: 600, refunded: 600 })
  await agrees(t, shop, id)
})

test.serial('i.return-from: goods that arrive elsewhere are no longer shipped where they left', async t => {
  const shop = await aShop(t)
  const id = await shop.acceptedOrder({ mug: 1, plate: 1 }, 'shipping -> inventory')
  await shop.ends(await shop.onlyShipment(id), 'undeliverable')
  const [back] = await shop.returns(id)
  t.like(await shop.receive(back!.id, 'restock', { mug: 1, plate: 1 }, 'shop'), { status: 200 })
  await shop.deliverAll()
  t.like(await shop.stockAt('main', 'mug'), { available: 9, shipped: 0, moved: -1 })
  t.like(await shop.stockAt('shop', 'mug'), { available: 1, moved: 1 })
  await agrees(t, shop, id)
})

test.serial('i.lost: lost goods stay shipped, and are counted', async t => {
  const shop = await aShop(t)
  const id = await shop.acceptedOrder({ mug: 2, plate: 1 })
  await shop.ends(await shop.onlyShipment(id), 'lost')
  await shop.deliverAll()
  t.like(await shop.stockAt('main', 'mug'), { available: 8, shipped: 2, lost: 2 })
  await agrees(t, shop, id)
})

test.serial('p.clamp: beside goodwill, no more is refunded than is left of the payment', async t => {
  const shop = await aShop(t)
  const id = await shop.acceptedOrder({ mug: 2, plate: 1 })
  t.like(await shop.goodwill(id, 800), { status: 201 })
  await shop.ends(await shop.onlyShipment(id), 'lost')
  await shop.deliverAll()
  t.deepEqual((await shop.refunds(id)).map(({ amount }) => amount).sort(), [200, 800])
  await agrees(t, shop, id)
})

test.serial('p.failed-counts: what the provider declined to refund is not given away a second time', async t => {
  const shop = await aShop(t)
  const id = await shop.order({ mug: 2, plate: 1 }, 'tok_refund_declined')
  await shop.deliverAll('payment -> order')
  await shop.goodwill(id, 200)
  await shop.deliverAll('payment -> order')
  t.like(await shop.refunds(id), [{ status: 'failed', amount: 200 }])
  t.like(await shop.cancel(id), { status: 200, body: { status: 'cancelled' } })
  await shop.deliverAll()
  t.deepEqual((await shop.refunds(id)).map(({ amount }) => amount).sort(), [200, 800])
  for (const refund of await shop.refunds(id)) t.like(await shop.retryRefund(refund.id), { status: 200 })
  await shop.deliverAll()
  t.like(await shop.payment(id), { amount: 1_000, refunded: 1_000 })
  await agrees(t, shop, id)
})

test.serial('o.committed-claim: a shipment is counted once', async t => {
  const shop = await aShop(t, { handover: 'manual' })
  const id = await shop.acceptedOrder({ mug: 2, plate: 1 })
  await shop.dispatch(await shop.onlyShipment(id), { mug: 1, plate: 1 })
  await shop.deliverAll()
  await shop.deliverAgain('inventory -> order', 'stock.committed')
  t.like((await shop.show(id)).lines, [{ shipped: 1 }, { shipped: 1 }])
  await agrees(t, shop, id)
})

test.serial('s.rest-return: what was not counted at a receipt is a return of its own, and is counted once', async t => {
  const shop = await aShop(t)
  const id = await shop.acceptedOrder({ mug: 2 })
  await shop.ends(await shop.onlyShipment(id), 'undeliverable')
  const [first] = await shop.returns(id)
  await shop.receive(first!.id, 'restock', { mug: 1 })
  t.like(await shop.receive(first!.id, 'restock', { mug: 1 }), { status: 409, body: { code: 'already_received' } })
  const rest = (await shop.returns(id)).find(({ status }) => status === 'requested')
  t.not(rest!.id, first!.id)
  await shop.receive(rest!.id, 'scrap', { mug: 1 })
  await shop.deliverAll()
  t.like(await shop.stockAt('main', 'mug'), { available: 9, shipped: 0, scrapped: 1 })
  t.like(await shop.payment(id), { refunded: 600 })
  await agrees(t, shop, id)
})

test.serial(
  's.never-comes: a return whose goods never come ends: undeliverable goods as lost, others as if not announced',
  async t => {
    const shop = await aShop(t)
    const id = await shop.acceptedOrder({ mug: 2 })
    const announced = await shop.askReturn(id, { mug: 1 })
    t.like(await shop.neverComes(announced), { status: 200, body: { status: 'cancelled' } })
    await shop.ends(await shop.onlyShipment(id), 'undeliverable')
    const back = (await shop.returns(id)).find(({ kind }) => kind === 'undeliverable')
    t.like(await shop.neverComes(back!.id), { status: 200, body: { status: 'received' } })
    await shop.deliverAll()
    t.like(await shop.stockAt('main', 'mug'), { shipped: 2, lost: 2 })
    t.like(await shop.payment(id), { refunded: 600 })
    await agrees(t, shop, id)
  },
)

test.serial('o.not-accepted-yet: lines are cancelled only once the order is accepted', async t => {
  const shop = await aShop(t)
  const id = await shop.order({ mug: 2 })
  t.like(await shop.cancel(id, { mug: 1 }), { status: 409, body: { code: 'not_accepted_yet' } })
  await shop.deliverAll()
  t.deepEqual(await shop.requests(id), [])
  await agrees(t, shop, id)
})

test.serial('x.gate: nothing is asked in an event that a replica of the release before would ignore', async t => {
  const shop = await aShop(t)
  publishOnlyTypesOf('0.1.0')
  t.teardown(() => publishOnlyTypesOf('0.2.0'))
  const id = await shop.acceptedOrder({ mug: 2 }, 'order -> shipping')
  t.like(await shop.cancel(id), { status: 409, body: { code: 'already_accepted' } })
  await shop.deliverAll()
  const shipment = await shop.onlyShipment(id)
  t.like(await shop.ends(shipment, 'lost'), { status: 409, body: { code: 'not_during_update' } })
  await shop.deliverAll()
  t.is((await shop.show(id)).status, 'completed')
  publishOnlyTypesOf('0.2.0')
  await shop.ends(shipment, 'lost')
  await shop.deliverAll()
  await agrees(t, shop, id)
})

test.serial(
  'x.replica-by-replica: what a replica with the switch asks for is answered by those without it',
  async t => {
    const shop = await aShop(t, { handover: 'manual' })
    const withoutSwitch = async (then: () => Promise<unknown>) => {
      publishOnlyTypesOf('0.1.0')
      t.teardown(() => publishOnlyTypesOf('0.2.0'))
      await then()
      publishOnlyTypesOf('0.2.0')
    }
    const id = await shop.acceptedOrder({ mug: 2, plate: 1 })
    await shop.cancel(id, { plate: 1 })
    await withoutSwitch(() => shop.deliverAll())
    t.deepEqual(await shop.requests(id), ['withdrawn'])
    await shop.dispatch(await shop.onlyShipment(id))
    await shop.receive(await shop.askReturn(id, { mug: 1 }), 'restock', { mug: 1 })
    await withoutSwitch(() => shop.deliverAll())
    t.like(await shop.show(id), { status: 'completed' })
    t.like(await shop.payment(id), { refunded: 700 })
    t.like(await shop.stockAt('main', 'mug'), { available: 9, shipped: 1 })
    await agrees(t, shop, id)
  },
)

test.serial(
  'x.old-main: events of the release before name no location and no shipment: all is at main, and leaves at once',
  async t => {
    const shop = await aShop(t)
    const id = await shop.acceptedOrder(
      { mug: 2, plate: 1 },
      'order -> shipping',
      'shipping -> inventory',
      'inventory -> order',
    )
    for (const event of await shop.publishedBy('order'))
      if (event.type === 'order.accepted') delete event.data.allocations
    await shop.deliverAll('shipping -> inventory', 'inventory -> order')
    for (const event of await shop.publishedBy('shipping'))
      if (event.type === 'shipment.shipped') {
        delete event.data.location
        delete event.data.lines
      }
    await shop.deliverAll('inventory -> order')
    for (const event of await shop.publishedBy('inventory'))
      if (event.type === 'stock.committed') delete event.data.shipmentId
    await shop.deliverAll()
    t.is((await shop.show(id)).status, 'completed')
    await shop.ends(await shop.onlyShipment(id), 'undeliverable')
    const [back] = await shop.returns(id)
    await shop.receive(back!.id, 'restock', { mug: 2, plate: 1 })
    await shop.deliverAll()
    await agrees(t, shop, id)
  },
)

test.serial(
  'x.sweep-accept: what is paid, and whose stock.reserved a replica of the release before consumed, is accepted',
  async t => {
    const shop = await aShop(t)
    const id = await shop.order({ mug: 2 })
    await shop.deliverAll('inventory -> order')
    await shop.consumedByReleaseBefore('inventory -> order', id, 'stock.reserved')
    await shop.deliverAll()
    t.is((await shop.show(id)).status, 'pending')
    await shop.sweepsOrders()
    await shop.deliverAll()
    t.is((await shop.show(id)).status, 'completed')
    await agrees(t, shop, id)
  },
)

test.serial('x.backfill: what a replica of the release before completed can be sent back', async t => {
  const shop = await aShop(t)
  const id = await shop.acceptedOrder({ mug: 2, plate: 1 }, 'order -> shipping')
  await shop.deliverAll('inventory -> order')
  await shop.consumedByReleaseBefore('inventory -> order', id, 'stock.committed')
  const back = await shop.askReturn(id, { mug: 1 })
  await shop.receive(back, 'restock', { mug: 1 })
  await shop.deliverAll()
  t.like(await shop.show(id), {
    status: 'completed',
    lines: [
      { shipped: 2, returned: 1 },
      { shipped: 1, returned: 0 },
    ],
  })
  await agrees(t, shop, id)
})

test.serial(
  'o.second-of-two: a payment that overtakes stock.reserved is remembered, and the second of both accepts',
  async t => {
    const shop = await aShop(t)
    const id = await shop.order({ mug: 2 })
    await shop.deliverAll('inventory -> order')
    t.is((await shop.show(id)).status, 'pending')
    await shop.deliverAll()
    t.is((await shop.show(id)).status, 'completed')
    t.is((await shop.publishedBy('order')).filter(({ type }) => type === 'order.accepted').length, 1)
    await agrees(t, shop, id)
  },
)
