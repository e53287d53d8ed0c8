import test, { type ExecutionContext } from 'ava'
import { authenticator } from '@docket/chassis/http/auth.ts'
import { keys, observerToken, operatorId, operatorToken, token } from '@docket/test/support/http-server.ts'
import { call } from '@docket/test/support/client.ts'
import { idOf, orderCancelled, orderCreated, returnReceived, shipmentShipped } from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { aServer } from '@docket/test/support/service-endpoints.ts'
import { untilOneWaits } from '@docket/test/support/row-locks.ts'
import { mostPieces } from './item.ts'
import { routes } from './item.routes.ts'
import { adjustItem } from './item.store.ts'
import { handlers } from './stock.handlers.ts'

const [customer, observer, operator] = [token({ sub: idOf('anna') }), observerToken(), operatorToken()]
const mug = { sku: 'mug', name: 'Mug', unitPrice: 450, currency: 'EUR', quantity: 100 }

async function anInventory(t: ExecutionContext) {
  const inventory = await aConsumer(t, 'inventory-service', handlers)
  const url = await aServer(
    t,
    routes,
    inventory.db,
    authenticator(async () => keys.publicKey),
  )
  const send = (method: string, path: string, body?: unknown, who = operator) =>
    call(url + path, method, body, { authorization: `Bearer ${who}` })
  return {
    ...inventory,
    get: (path: string, who = operator) => send('GET', path, undefined, who),
    create: (item: Partial<typeof mug> = {}, who = operator) => send('POST', '/items', { ...mug, ...item }, who),
    change: (sku: string, change: object, who = operator) => send('PATCH', `/items/${sku}`, change, who),
    adjust: (sku: string, delta: number, who = operator) =>
      send('POST', `/items/${sku}/adjustments`, { delta, reason: 'counted' }, who),
    async page(query: string) {
      const { body } = await send('GET', `/items?${query}`)
      return [(body.items as { sku: string }[]).map(item => item.sku), body.nextCursor]
    },
  }
}

test('items are paged by sku: each comes once, and the last page says that it is the last', async t => {
  const inventory = await anInventory(t)
  for (const sku of ['dish', 'cup', 'bowl', 'apron']) await inventory.create({ sku })
  t.deepEqual(await inventory.page('limit=2'), [['apron', 'bowl'], 'bowl'])
  t.deepEqual(await inventory.page('limit=2&cursor=bowl'), [['cup', 'dish'], null])
  t.deepEqual(await inventory.page('limit=3&cursor=bowl'), [['cup', 'dish'], null])
})

test('items are found by a part of their sku or name, in any case, and by how few are left', async t => {
  const inventory = await anInventory(t)
  await inventory.create({ sku: 'MUG-1', name: 'Blue mug', quantity: 5 })
  await inventory.create({ sku: 'plate', name: 'Plate, BLUE', quantity: 6 })
  await inventory.create({ sku: 'spoon', name: 'Spoon', quantity: 7 })
  t.deepEqual(await inventory.page('search=bLuE'), [['MUG-1', 'plate'], null])
  t.deepEqual(await inventory.page('search=mug-'), [['MUG-1'], null])
  t.deepEqual(await inventory.page('below=6'), [['MUG-1'], null], 'fewer than that')
  t.deepEqual(await inventory.page('below=7&limit=1'), [['MUG-1'], 'MUG-1'])
})

test('customers see items, and only operators change them', async t => {
  const inventory = await anInventory(t)
  t.is((await inventory.create({}, customer)).status, 403)
  t.is((await inventory.create()).status, 201)
  t.like(await inventory.get('/items/mug', customer), { status: 200, body: { available: 100, unitPrice: 450 } })
  t.is((await inventory.change('mug', { name: 'Cup' }, customer)).status, 403)
  t.is((await inventory.adjust('mug', 1, customer)).status, 403)
  t.like(await inventory.get('/items/cup'), { status: 404, body: { code: 'not_found' } })
  t.like(await inventory.create(), { status: 409, body: { code: 'sku_taken' } })
})

test('every change of an item is published with the next sequence, and says how the item is now', async t => {
  const inventory = await anInventory(t)
  await inventory.create()
  t.like(await inventory.change('mug', { unitPrice: 0 }), { status: 200, body: { name: 'Mug', unitPrice: 0 } })
  t.like(await inventory.change('mug', { name: 'Big mug' }), { status: 200, body: { name: 'Big mug', unitPrice: 0 } })
  t.like(await inventory.adjust('mug', -3), { status: 200, body: { available: 97, received: 97 } })
  t.deepEqual(
    (await inventory.published()).map(({ type, sequence, data }) => [type, sequence, data]),
    [
      ['item.created', 1, { sku: 'mug', name: 'Mug', unitPrice: 450, currency: 'EUR' }],
      ['item.updated', 2, { sku: 'mug', name: 'Mug', unitPrice: 0, currency: 'EUR' }],
      ['item.updated', 3, { sku: 'mug', name: 'Big mug', unitPrice: 0, currency: 'EUR' }],
      ['stock.adjusted', 4, { sku: 'mug', delta: -3, reason: 'counted', available: 97 }],
    ],
  )
})

test('reserved pieces cannot be removed, and there is a limit to what one item may have', async t => {
  const inventory = await anInventory(t)
  await inventory.create()
  await inventory.receives(orderCreated('A', { mug: 60 }))
  t.like(await inventory.adjust('mug', -41), { status: 409, body: { code: 'insufficient_stock', available: 40 } })
  t.is((await inventory.adjust('mug', -40)).status, 200)
  const room = mostPieces - 60 // leaves room for what is reserved
  t.like(await inventory.adjust('mug', room), { status: 200, body: { received: mostPieces } })
  t.like(await inventory.adjust('mug', 1), { status: 409, body: { code: 'too_many_pieces' } })
})

test('who removes pieces while another does so waits, and is then told how many are left', async t => {
  const inventory = await anInventory(t)
  await inventory.create({ quantity: 3 })
  const { late } = await inventory.db.transaction(async tx => {
    await adjustItem(tx, 'mug', -2, 'broken')
    const late = inventory.adjust('mug', -2)
    await untilOneWaits(inventory.db)
    return { late }
  })
  t.like(await late, { status: 409, body: { code: 'insufficient_stock', available: 1 } })
})

test('movements of an item are listed in pages, newest first, and chosen by kind, order and time', async t => {
  const inventory = await anInventory(t)
  await inventory.create()
  await inventory.create({ sku: 'cup' })
  await inventory.adjust('mug', -2)
  await inventory.receives(orderCreated('A', { mug: 3, cup: 1 }))
  await inventory.receives(orderCreated('B', { mug: 1 }), orderCancelled('A'))
  const page = async (query: string) => {
    const { body } = await inventory.get(`/items/mug/movements?${query}`)
    const items = body.items as { id: number; kind: string; at: string; available: number }[]
    return { items, kinds: items.map(({ kind }) => kind), next: body.nextCursor as string | null }
  }
  const whole = await page('')
  t.deepEqual(whole.kinds.toSorted(), ['adjusted', 'received', 'released', 'reserved', 'reserved'])
  t.is(
    whole.items.reduce((sum, { available }) => sum + available, 0),
    Number((await inventory.get('/items/mug')).body.available),
    'they add up to the stock',
  )
  t.like(whole.items.at(-1), { sku: 'mug', kind: 'received', available: 100, reserved: 0, shipped: 0 })
  t.false('orderId' in (whole.items.at(-1) ?? {}) || 'reason' in (whole.items.at(-1) ?? {}))
  t.like(whole.items.at(-2), { kind: 'adjusted', available: -2, reason: 'counted' })
  t.like(whole.items.at(-3), { kind: 'reserved', available: -3, reserved: 3, orderId: idOf('A') })

  const first = await page('limit=3')
  const second = await page(`limit=3&cursor=${first.next}`)
  t.is(second.next, null)
  t.deepEqual([...first.items, ...second.items], whole.items)

  t.deepEqual((await page('kind=adjusted')).kinds, ['adjusted'])
  t.deepEqual((await page(`order=${idOf('B')}`)).kinds, ['reserved'])
  t.deepEqual((await page(`until=${whole.items.at(-1)?.at}`)).kinds, [])
  t.deepEqual((await page(`since=${whole.items.at(-1)?.at}`)).kinds, whole.kinds)
  t.is((await inventory.get('/items/mug/movements?limit=501')).status, 422)
  t.is((await inventory.get('/items/dish/movements')).status, 404)
  t.is((await inventory.get('/items/mug/movements', observer)).status, 200)
  t.is((await inventory.get('/items/mug/movements', customer)).status, 403)
})

test('an item has the stock of all locations, and its movements say where, and for which shipment or return', async t => {
  const inventory = await anInventory(t)
  await inventory.create()
  await inventory.receives(orderCreated('A', { mug: 4 }), shipmentShipped('A', { shipment: 'S' }))
  await inventory.receives(returnReceived('A', 'R', { restock: { mug: 1 }, scrap: { mug: 1 } }, { to: 'shop' }))
  await inventory.receives(returnReceived('A', 'L', { lost: { mug: 1 } }))
  t.like(await inventory.get('/items/mug'), {
    body: { available: 97, reserved: 0, shipped: 2, scrapped: 1, lost: 1, received: 100 },
  })
  t.deepEqual(await inventory.page('below=98'), [['mug'], null])
  t.deepEqual(await inventory.page('below=97'), [[], null])
  t.like(await inventory.adjust('mug', 1), { body: { available: 98, received: 101 } })

  const movements = async (query: string) => {
    const { body } = await inventory.get(`/items/mug/movements?${query}`)
    return (body.items as Record<string, unknown>[]).map(({ id: _, sku: __, at: ___, orderId: ____, ...rest }) => rest)
  }
  const none = { available: 0, reserved: 0, shipped: 0, scrapped: 0, lost: 0, moved: 0 }
  t.deepEqual(await movements('location=shop&kind=returned'), [
    { ...none, kind: 'returned', location: 'shop', ref: idOf('R'), available: 1, moved: 1 },
  ])
  t.deepEqual(await movements('kind=lost'), [{ ...none, kind: 'lost', location: 'main', ref: idOf('L'), lost: 1 }])
  t.deepEqual(await movements('kind=shipped'), [
    { ...none, kind: 'shipped', location: 'main', ref: idOf('S'), reserved: -4, shipped: 4 },
  ])
  t.is((await movements(`order=${idOf('A')}&location=main`)).length, 5)
})

test('what lies at another location cannot be removed from main', async t => {
  const inventory = await anInventory(t)
  await inventory.create({ quantity: 2 })
  await inventory.receives(orderCreated('A', { mug: 2 }), shipmentShipped('A'))
  await inventory.receives(returnReceived('A', 'R', { restock: { mug: 1 } }, { to: 'shop' }))
  t.like(await inventory.adjust('mug', -1), { status: 409, body: { code: 'insufficient_stock', available: 0 } })
})

test('what an operator does to items is recorded with who, on what and why, and nothing that was refused', async t => {
  const inventory = await anInventory(t)
  await inventory.create()
  await inventory.create()
  await inventory.change('mug', { unitPrice: 500 })
  await inventory.adjust('mug', -3)
  await inventory.adjust('mug', -98)
  const acts = await inventory.acts()
  t.deepEqual(
    acts.map(({ act, reason, detail }) => [act, reason, detail]),
    [
      ['item.created', undefined, '4.50 EUR, 100 pieces'],
      ['item.updated', undefined, 'Mug, 5.00 EUR'],
      ['stock.adjusted', 'counted', 'by -3, to 97 available'],
    ],
  )
  t.like(acts[2], { by: { userId: operatorId, username: 'olga', role: 'operator' }, on: { kind: 'item', id: 'mug' } })
  t.is(acts[2]?.from, '127.0.0.1')
})
