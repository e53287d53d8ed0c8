import { createHmac } from 'node:crypto'
import test, { type ExecutionContext } from 'ava'
import { idAt, newId } from '@docket/chassis/id.ts'
import { authenticator } from '@docket/chassis/http/auth.ts'
import { publishOnlyTypesOf } from '@docket/chassis/messaging/published-types.ts'
import { keys, observerToken, operatorToken, token } from '@docket/test/support/http-server.ts'
import { call, type Reply } from '@docket/test/support/client.ts'
import { orderCancelRequested, idOf, orderAccepted, type Lines } from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { aServer } from '@docket/test/support/service-endpoints.ts'
import type { Carriers } from './carrier.ts'
import { carrierRoutes } from './carrier.routes.ts'
import { applyKept, deliverSimulated } from './carrier.sweeps.ts'
import { locationRoutes } from './location.routes.ts'
import { returnRoutes } from './return.routes.ts'
import { handlers } from './shipment.handlers.ts'
import { routes } from './shipment.routes.ts'

const [customer, owner] = [token({ sub: idOf('anna') }), token({ sub: idOf('a customer') })]
const [observer, operator] = [observerToken(), operatorToken()]
const address = { name: 'Anna', line1: 'Quay 1', postalCode: '20457', city: 'Hamburg', country: 'DE' }
const secret = 'a secret of the carrier'
const carriers: Carriers = new Map([
  ['harbour-post', { secrets: ['the secret before that', secret], isTrusted: false }],
  ['swift-parcel', { secrets: [secret], isTrusted: true }],
])

interface ShipmentBody {
  id: string
  orderId: string
  status: string
  carrier?: string
  trackingNumber?: string
  claim?: string
  lines: { sku: string; quantity: number; returned: number }[]
}

const linesOf = (lines: Lines) => Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity }))

async function aShippingService(t: ExecutionContext) {
  const shipping = await aConsumer(t, 'shipping-service', handlers)
  const url = await aServer(
    t,
    [...routes, ...returnRoutes, ...locationRoutes, ...carrierRoutes(carriers)],
    shipping.db,
    authenticator(async () => keys.publicKey),
  )
  const send =
    (method: string) =>
    (path: string, body?: unknown, who = operator) =>
      call(url + path, method, body, { authorization: `Bearer ${who}` })
  const get = (path: string, who = operator) => send('GET')(path, undefined, who)
  const shipmentsOf = async (order: string) =>
    ((await get(`/orders/${idOf(order)}/shipments`)).body.items as unknown as ShipmentBody[]).toReversed()
  const post = send('POST')
  return {
    ...shipping,
    get,
    post,
    patch: send('PATCH'),
    shipmentsOf,
    parcelOf: (order: string, who = operator) => get(`/shipments/${idOf(order)}`, who),
    /** An order that left whole, from its only location. */
    async shipped(order: string, lines: Lines): Promise<ShipmentBody> {
      await shipping.receives(orderAccepted(order, lines))
      await shipping.published()
      return (await shipmentsOf(order))[0] as ShipmentBody
    },
    /** An order that waits for its dispatch. */
    async waiting(order: string, lines: Lines): Promise<ShipmentBody> {
      await send('PATCH')('/locations/main', { handover: 'manual' })
      await shipping.receives(orderAccepted(order, lines))
      await shipping.published()
      return (await shipmentsOf(order))[0] as ShipmentBody
    },
    outcome: ({ id }: { id: string }, status: string) => post(`/shipments/${id}/outcome`, { status }),
    asks: (order: string, lines: Lines, who = operator) =>
      post('/returns', { orderId: idOf(order), lines: linesOf(lines) }, who),
    receivesGoods: (id: unknown, lines: Lines, condition = 'restock') =>
      post(`/returns/${id}/receive`, { lines: linesOf(lines).map(line => ({ ...line, condition })) }),
    returnsOf: async (order: string) =>
      ((await get(`/orders/${idOf(order)}/returns`)).body.items as { id: string; kind: string; status: string }[])
        .map(({ id: _, ...one }) => one)
        .toReversed(),
    reports(carrier: string, report: { id: string; trackingNumber: unknown; status: string }, by = secret) {
      const body = { at: '2026-02-01T12:00:00Z', ...report }
      const seconds = Math.floor(Date.now() / 1_000)
      const signature = createHmac('sha256', by)
        .update(`${seconds}.${JSON.stringify(body)}`)
        .digest('hex')
      return call(`${url}/carriers/${carrier}/events`, 'POST', body, { 'x-signature': `t=${seconds},v1=${signature}` })
    },
    events: async () => (await shipping.published()).map(({ type }) => type),
  }
}

const codeOf = ({ status, body }: Reply) => `${status} ${body.code}`

test('a parcel goes to the address of its order, and carries the number that was published', async t => {
  const shipping = await aShippingService(t)
  const [withAddress, without] = [orderAccepted('A', { mug: 2, plate: 1 }), orderAccepted('B', { mug: 1 })]
  await shipping.receives({ ...withAddress, data: { ...withAddress.data, shippingAddress: address } }, without)
  const { status, body } = await shipping.parcelOf('A')
  t.is(status, 200)
  t.like(body, { orderId: idOf('A'), status: 'shipped', location: 'main', shippingAddress: address })
  t.deepEqual(
    body.lines,
    withAddress.data.lines.map(line => ({ ...line, returned: 0 })),
  )
  const published = (await shipping.published()).find(event => event.key === idOf('A'))
  t.deepEqual(published?.data, {
    orderId: idOf('A'),
    shipmentId: body.id,
    carrier: body.carrier,
    trackingNumber: body.trackingNumber,
  })
  t.false('shippingAddress' in (await shipping.parcelOf('B')).body)
  t.deepEqual((await shipping.get(`/shipments/${body.id}`)).body, body)
})

test('a customer sees an own parcel, an observer all without addresses; one that has not left is 404', async t => {
  const shipping = await aShippingService(t)
  const [own, old] = [orderAccepted('A', { mug: 2 }), orderAccepted('C', { mug: 2 })]
  const { customerId: _, ...before } = old.data
  await shipping.receives({ ...own, data: { ...own.data, shippingAddress: address } }, { ...old, data: before })
  t.like(await shipping.parcelOf('A', owner), { status: 200, body: { shippingAddress: address } })
  t.like(await shipping.parcelOf('A', customer), { status: 404, body: { code: 'not_found' } })
  t.is((await shipping.parcelOf('C', owner)).status, 404, 'whose it is was not said by the release before')
  const seen = await shipping.parcelOf('A', observer)
  t.is(seen.status, 200)
  t.false('shippingAddress' in seen.body || 'customerId' in seen.body)
  t.like(await shipping.parcelOf('B'), { status: 404, body: { code: 'not_found' } })
  await shipping.waiting('D', { mug: 1 })
  t.is((await shipping.parcelOf('D')).status, 404)
  t.is((await shipping.get(`/orders/${idOf('D')}/shipments`, owner)).status, 200)
  t.is((await shipping.get(`/orders/${idOf('D')}/shipments`, customer)).status, 404)
})

test('parcels are listed in pages, those of the newest orders first, to observers without addresses', async t => {
  const shipping = await aShippingService(t)
  const placed = ['2026-01-01', '2026-01-02', '2026-01-03'].map(day =>
    idAt(Date.parse(day)).replace('-0000-0000-', '-7000-8000-'),
  )
  const [first = '', second = '', third = ''] = placed
  await shipping.receives(
    ...placed.map(orderId => {
      const event = orderAccepted('A', { mug: 1 })
      return { ...event, id: newId(), key: orderId, data: { ...event.data, orderId, shippingAddress: address } }
    }),
  )
  const page = async (query: string, who = operator) => {
    const { body } = await shipping.get(`/shipments?${query}`, who)
    const items = body.items as { orderId: string; carrier: string; shippingAddress?: object }[]
    return { items, orders: items.map(({ orderId }) => orderId), next: body.nextCursor }
  }
  const newest = await page('limit=2')
  t.deepEqual(newest.orders, [third, second])
  t.like(await page(`limit=2&cursor=${newest.next}`), { orders: [first], next: null })
  t.like(await page('since=2026-01-02T00:00:00Z&until=2026-01-03T00:00:00Z'), { orders: [second], next: null })
  const { items } = await page('')
  t.deepEqual(
    (await page(`carrier=${encodeURIComponent(items[0]?.carrier.toUpperCase() ?? '')}`)).orders,
    items.filter(({ carrier }) => carrier === items[0]?.carrier).map(({ orderId }) => orderId),
  )
  t.deepEqual(items[0]?.shippingAddress, address)
  t.false((await page('', observer)).items.some(one => 'shippingAddress' in one || 'customerId' in one))
  t.is((await shipping.get('/shipments', owner)).status, 403)
  t.is((await shipping.get('/shipments?limit=501')).status, 422)
  const dashes = '-'.repeat(36)
  for (const list of ['shipments', 'returns'])
    t.is(codeOf(await shipping.get(`/${list}?cursor=${dashes}_${dashes}`)), '422 invalid')
})

test('customers see the shipments and returns of their own orders, by the order, from when it has a shipment', async t => {
  const shipping = await aShippingService(t)
  const statusOf = async (order: string, part: string, who: string) =>
    (await shipping.get(`/orders/${idOf(order)}/${part}`, who)).status
  await shipping.waiting('A', { mug: 2 })
  await shipping.patch('/locations/main', { handover: 'auto' })
  const left = await shipping.shipped('B', { mug: 2 })
  await shipping.receives(orderCancelRequested('C', 'request', { mug: 1 }))
  for (const part of ['shipments', 'returns']) {
    for (const order of ['A', 'B']) {
      t.is(await statusOf(order, part, owner), 200)
      t.is(await statusOf(order, part, observer), 200)
      t.is(await statusOf(order, part, customer), 404)
    }
    for (const who of [owner, operator]) {
      t.is(await statusOf('C', part, who), 404, 'nothing is known of it but a request')
      t.is(await statusOf('nobody', part, who), 404)
    }
    t.is((await shipping.get(`/${part}`, owner)).status, 403)
  }
  const { body: one } = await shipping.asks('B', { mug: 1 }, owner)
  const { body: other } = await shipping.asks('B', { mug: 1 }, owner)
  const pageOf = async (query: string) => {
    const { body } = await shipping.get(`/orders/${left.orderId}/${query}`, owner)
    return [(body.items as { id: string }[]).map(({ id }) => id), body.nextCursor]
  }
  const next = `${left.orderId}_${other.id}`
  t.deepEqual(await pageOf('returns?limit=1'), [[other.id], next])
  t.deepEqual(await pageOf(`returns?limit=1&cursor=${next}`), [[one.id], null])
  t.deepEqual(await pageOf('returns?status=received'), [[], null])
  t.deepEqual(await pageOf('shipments?status=shipped'), [[left.id], null])
})

test('a page may end between two shipments of an order', async t => {
  const shipping = await aShippingService(t)
  const { id } = await shipping.waiting('A', { mug: 3 })
  await shipping.post(`/shipments/${id}/dispatch`, { lines: [{ sku: 'mug', quantity: 1 }] })
  const first = (await shipping.get('/shipments?limit=1')).body
  const second = (await shipping.get(`/shipments?limit=1&cursor=${first.nextCursor}`)).body
  const ids = [first, second].flatMap(({ items }) => items as unknown as ShipmentBody[])
  t.deepEqual(
    ids.map(one => one.id).sort(),
    (await shipping.shipmentsOf('A')).map(one => one.id),
  )
})

test('what leaves keeps the id that is on its label, and the rest waits in a shipment of its own', async t => {
  const shipping = await aShippingService(t)
  const { id } = await shipping.waiting('A', { mug: 3, plate: 1 })
  const label = { carrier: 'Harbour Post', trackingNumber: 'HP1' }
  const left = await shipping.post(`/shipments/${id}/dispatch`, { ...label, lines: [{ sku: 'mug', quantity: 1 }] })
  t.like(left, { status: 200, body: { id, status: 'shipped', ...label } })
  t.like(await shipping.shipmentsOf('A'), [
    { id, status: 'shipped', lines: [{ sku: 'mug', quantity: 1 }] },
    {
      status: 'open',
      lines: [
        { sku: 'mug', quantity: 2 },
        { sku: 'plate', quantity: 1 },
      ],
    },
  ])
  const rest = (await shipping.shipmentsOf('A'))[1]
  t.like(await shipping.published(), [
    {
      type: 'shipment.shipped',
      sequence: 2,
      data: { shipmentId: id, location: 'main', lines: [{ sku: 'mug', quantity: 1 }], ...label },
    },
    { type: 'shipment.opened', sequence: 3, data: { shipmentId: rest?.id } },
  ])
  t.like(await shipping.post(`/shipments/${rest?.id}/dispatch`, {}), { status: 200, body: { status: 'shipped' } })
  t.deepEqual(await shipping.events(), ['shipment.shipped'])
})

test('a dispatch is refused of what has left, of what is not in the shipment, and under the number of another', async t => {
  const shipping = await aShippingService(t)
  const { id } = await shipping.waiting('A', { mug: 2 })
  const other = await shipping.waiting('B', { mug: 2 })
  const dispatch = (shipment: string, body: object) => shipping.post(`/shipments/${shipment}/dispatch`, body)
  t.is(codeOf(await dispatch(id, { lines: [{ sku: 'mug', quantity: 3 }] })), '409 not_in_shipment')
  t.is(codeOf(await dispatch(id, { carrier: 'Harbour Post' })), '422 invalid')
  await dispatch(id, { carrier: 'Harbour Post', trackingNumber: 'HP1' })
  t.is(codeOf(await dispatch(id, {})), '409 shipment_shipped')
  const taken = await dispatch(other.id, { carrier: 'harbour post', trackingNumber: 'HP1' })
  t.is(codeOf(taken), '409 tracking_number_taken')
  t.is(codeOf(await dispatch(idOf('none'), {})), '404 not_found')
  t.is((await shipping.post(`/shipments/${other.id}/dispatch`, {}, owner)).status, 403)
})

test('a carrier is one however its name is written, so a number of it is on one parcel, and its reports find that', async t => {
  const shipping = await aShippingService(t)
  const { id } = await shipping.waiting('A', { mug: 1 })
  const other = await shipping.waiting('B', { mug: 1 })
  const label = { carrier: '(Harbour-Post.)', trackingNumber: 'HP1' }
  await shipping.post(`/shipments/${id}/dispatch`, label)
  for (const carrier of ['Harbour Post', 'harbour-post'])
    t.is(
      codeOf(await shipping.post(`/shipments/${other.id}/dispatch`, { ...label, carrier })),
      '409 tracking_number_taken',
    )
  t.is(codeOf(await shipping.post(`/shipments/${id}/dispatch`, label)), '409 shipment_shipped')
  const report = { id: 'r1', trackingNumber: 'HP1', status: 'delivered' }
  t.like(await shipping.reports('harbour-post', report), { status: 200, body: { outcome: 'applied' } })
  t.like(await shipping.shipmentsOf('A'), [{ status: 'delivered' }])
})

test('what has left is not late, and left when it did, whatever is reported later', async t => {
  const shipping = await aShippingService(t)
  const { id } = await shipping.waiting('A', { mug: 1 })
  const late = async () =>
    ((await shipping.get('/shipments?late=true')).body.items as { id: string }[]).map(one => one.id)
  await shipping.db.transaction(tx => tx.query(`UPDATE parcels SET late_at = late_at - interval '2 days'`))
  t.deepEqual(await late(), [id])
  await shipping.post(`/shipments/${id}/dispatch`, {})
  await shipping.db.transaction(tx => tx.query(`UPDATE parcels SET shipped_at = '2026-01-31T12:00:00Z'`))
  t.deepEqual(await late(), [])
  t.like((await shipping.outcome({ id }, 'delivered')).body, { shippedAt: '2026-01-31T12:00:00.000Z' })
})

test('an id in upper case is the same id', async t => {
  const shipping = await aShippingService(t)
  const { id } = await shipping.waiting('A', { mug: 1 })
  const path = (kind: string, one: unknown) => `/${kind}/${String(one).toUpperCase()}`
  t.is((await shipping.post(`${path('shipments', id)}/dispatch`, {})).status, 200)
  const request = {
    orderId: idOf('A').toUpperCase(),
    shipmentId: id.toUpperCase(),
    lines: [{ sku: 'mug', quantity: 1 }],
  }
  const { status, body } = await shipping.post('/returns', request, owner)
  t.is(status, 201)
  t.is((await shipping.post(`${path('returns', body.id)}/cancel`, undefined, owner)).status, 200)
  t.is((await shipping.receivesGoods(String(body.id).toUpperCase(), { mug: 1 })).status, 200)
  t.is((await shipping.outcome({ id: id.toUpperCase() }, 'delivered')).status, 200)
})

test('of a cancel and a dispatch at the same moment, each piece is in one', async t => {
  const shipping = await aShippingService(t)
  for (const order of ['A', 'B', 'C', 'D', 'E']) {
    const { id } = await shipping.waiting(order, { mug: 2 })
    const [dispatched] = await Promise.all([
      shipping.post(`/shipments/${id}/dispatch`, {}),
      shipping.receives(orderCancelRequested(order, `request of ${order}`, { mug: 2 })),
    ])
    const answer = (await shipping.published()).find(({ type }) => type === 'shipment.lines_withdrawn')
    const [withdrawn, refused] = [answer?.data.withdrawn, answer?.data.refused].map(lines => (lines as []).length)
    t.deepEqual([withdrawn, refused], dispatched.status === 200 ? [0, 1] : [1, 0])
  }
})

test('lost goods are received as lost, once, in place of the return that was asked for', async t => {
  const shipping = await aShippingService(t)
  const parcel = await shipping.shipped('A', { mug: 2 })
  await shipping.asks('A', { mug: 1 })
  await shipping.published()
  t.like(await shipping.outcome(parcel, 'lost'), { status: 200, body: { status: 'lost' } })
  t.like(await shipping.published(), [
    { type: 'return.cancelled', sequence: 3 },
    { type: 'shipment.lost', sequence: 4 },
    {
      type: 'return.received',
      sequence: 5,
      data: {
        kind: 'lost',
        from: 'main',
        to: 'main',
        lines: [{ sku: 'mug', quantity: 2, condition: 'lost' }],
      },
    },
  ])
  t.is((await shipping.outcome(parcel, 'lost')).status, 200)
  t.deepEqual(await shipping.events(), [], 'said twice, done once')
})

test('undeliverable goods count when they are received, and what is not counted is awaited further', async t => {
  const shipping = await aShippingService(t)
  const parcel = await shipping.shipped('A', { mug: 3 })
  await shipping.outcome(parcel, 'undeliverable')
  const [shipment, requested] = await shipping.published()
  t.is(shipment?.type, 'shipment.undeliverable')
  t.like(requested, { type: 'return.requested', data: { kind: 'undeliverable', lines: [{ sku: 'mug', quantity: 3 }] } })
  const id = requested?.data.returnId
  const received = await shipping.post(`/returns/${id}/receive`, {
    lines: [
      { sku: 'mug', quantity: 1, condition: 'restock' },
      { sku: 'mug', quantity: 1, condition: 'scrap' },
    ],
  })
  t.like(received, { status: 200, body: { status: 'received', location: 'main' } })
  const [first, rest] = await shipping.published()
  t.deepEqual(first?.data.lines, [
    { sku: 'mug', quantity: 1, condition: 'restock' },
    { sku: 'mug', quantity: 1, condition: 'scrap' },
  ])
  t.like(rest, { type: 'return.requested', data: { restOf: id, lines: [{ sku: 'mug', quantity: 1 }] } })
  t.is(codeOf(await shipping.receivesGoods(id, { mug: 1 })), '409 already_received')
  t.is((await shipping.post(`/returns/${rest?.data.returnId}/cancel`)).status, 200)
  t.like(await shipping.published(), [
    { type: 'return.received', data: { lines: [{ sku: 'mug', quantity: 1, condition: 'lost' }] } },
  ])
  const [line] = (await shipping.shipmentsOf('A'))[0]?.lines ?? []
  t.deepEqual(line, { sku: 'mug', quantity: 3, returned: 3 })
})

test('a parcel that is delivered after all ends the return of its undeliverable goods', async t => {
  const shipping = await aShippingService(t)
  const parcel = await shipping.shipped('A', { mug: 1 })
  await shipping.outcome(parcel, 'undeliverable')
  await shipping.published()
  t.like(await shipping.outcome(parcel, 'delivered'), { status: 200, body: { status: 'delivered' } })
  t.deepEqual(await shipping.events(), ['shipment.delivered', 'return.cancelled'])
  t.is(codeOf(await shipping.outcome(parcel, 'lost')), '409 shipment_delivered')
  t.is((await shipping.asks('A', { mug: 1 })).status, 201, 'its lines are free again')
})

test('customers announce returns of what is theirs and has left, and of each piece once', async t => {
  const shipping = await aShippingService(t)
  const parcel = await shipping.shipped('A', { mug: 2, plate: 1 })
  t.is(codeOf(await shipping.asks('A', { mug: 1 }, customer)), '404 not_found')
  const { status, headers, body } = await shipping.asks('A', { mug: 2 }, owner)
  t.is(status, 201)
  t.is(headers.get('location'), `/returns/${body.id}`)
  t.like(body, { orderId: idOf('A'), shipmentId: parcel.id, kind: 'asked', status: 'requested' })
  t.like(await shipping.published(), [
    { type: 'return.requested', sequence: 2, data: { returnId: body.id, requestedBy: idOf('a customer') } },
  ])
  t.is(codeOf(await shipping.asks('A', { mug: 1 }, owner)), '409 in_other_return')
  t.is(codeOf(await shipping.asks('A', { bowl: 1 }, owner)), '409 in_other_return')
  const elsewhere = { orderId: idOf('A'), shipmentId: idOf('none'), lines: linesOf({ plate: 1 }) }
  t.is(codeOf(await shipping.post('/returns', elsewhere, owner)), '404 not_found')
  t.is((await shipping.get(`/returns/${body.id}`, customer)).status, 404)
  t.is((await shipping.get(`/returns/${body.id}`, owner)).status, 200)
  t.is(codeOf(await shipping.post(`/returns/${body.id}/cancel`, undefined, customer)), '404 not_found')
  t.is((await shipping.post(`/returns/${body.id}/cancel`, undefined, owner)).status, 200)
  t.is(codeOf(await shipping.post(`/returns/${body.id}/cancel`, undefined, owner)), '409 already_cancelled')
  t.is((await shipping.asks('A', { mug: 1 }, owner)).status, 201)
  t.is((await shipping.post(`/returns/${body.id}/receive`, { lines: [] }, owner)).status, 403)
  await shipping.waiting('B', { mug: 1 })
  t.is(codeOf(await shipping.asks('B', { mug: 1 }, owner)), '409 nothing_shipped')
  t.is(codeOf(await shipping.asks('C', { mug: 1 })), '404 not_found')
})

test('only an operator says that undeliverable goods never come', async t => {
  const shipping = await aShippingService(t)
  await shipping.outcome(await shipping.shipped('A', { mug: 1 }), 'undeliverable')
  const [, requested] = await shipping.published()
  const cancel = (who: string) => shipping.post(`/returns/${requested?.data.returnId}/cancel`, undefined, who)
  t.is(codeOf(await cancel(owner)), '404 not_found')
  t.like(await cancel(operator), { status: 200, body: { status: 'received' } })
})

test('goods of a cancelled return that come all the same are received, unless another return has their lines', async t => {
  const shipping = await aShippingService(t)
  await shipping.shipped('A', { mug: 2 })
  const { body: first } = await shipping.asks('A', { mug: 2 })
  await shipping.post(`/returns/${first.id}/cancel`)
  await shipping.asks('A', { mug: 1 })
  t.is(codeOf(await shipping.receivesGoods(first.id, { mug: 2 })), '409 in_other_return')
  await shipping.published()
  t.is((await shipping.receivesGoods(first.id, { mug: 1 })).status, 200)
  t.deepEqual(await shipping.events(), ['return.received'], 'the rest stays cancelled')
})

test('lost goods that turn up go to stock under an id of their own, and no more than were lost', async t => {
  const shipping = await aShippingService(t)
  await shipping.outcome(await shipping.shipped('A', { mug: 2 }), 'lost')
  const lostIn = (await shipping.published()).find(({ type }) => type === 'return.received')?.data.returnId
  const { status, body } = await shipping.receivesGoods(lostIn, { mug: 1 })
  t.is(status, 200)
  t.like(body, { kind: 'found', lostIn })
  t.not(body.id, lostIn)
  t.like(await shipping.published(), [{ type: 'return.found', data: { returnId: body.id, lostIn, to: 'main' } }])
  t.is(codeOf(await shipping.receivesGoods(lostIn, { mug: 2 })), '409 not_in_return')
  t.is(codeOf(await shipping.receivesGoods(body.id, { mug: 1 })), '409 already_received')
})

test('goods arrive at a location that exists', async t => {
  const shipping = await aShippingService(t)
  await shipping.shipped('A', { mug: 1 })
  const { body } = await shipping.asks('A', { mug: 1 })
  const receive = (location: string) =>
    shipping.post(`/returns/${body.id}/receive`, {
      lines: [{ sku: 'mug', quantity: 1, condition: 'restock' }],
      location,
    })
  t.is(codeOf(await receive('shop')), '422 unknown_location')
  await shipping.db.transaction(tx => tx.query(`INSERT INTO locations (name) VALUES ('shop')`))
  await shipping.published()
  t.is((await receive('shop')).status, 200)
  t.like(await shipping.published(), [{ type: 'return.received', data: { from: 'main', to: 'shop' } }])
})

test('a carrier that is not trusted moves no money: its claim waits until an operator confirms it', async t => {
  const shipping = await aShippingService(t)
  const { id } = await shipping.waiting('A', { mug: 1 })
  await shipping.post(`/shipments/${id}/dispatch`, { carrier: 'Harbour Post', trackingNumber: 'HP1' })
  await shipping.published()
  const report = { id: 'r1', trackingNumber: 'HP1', status: 'lost' }
  t.like(await shipping.reports('harbour-post', report), { status: 200, body: { outcome: 'applied' } })
  t.like(await shipping.reports('harbour-post', report), { status: 200, body: { outcome: 'duplicate' } })
  t.like(await shipping.shipmentsOf('A'), [{ status: 'lost', claim: 'lost' }])
  t.deepEqual(await shipping.events(), [])
  t.deepEqual(
    ((await shipping.get('/shipments?claims=true')).body.items as { id: string }[]).map(one => one.id),
    [id],
  )
  t.is(codeOf(await shipping.asks('A', { mug: 1 })), '409 shipment_lost')
  await shipping.outcome({ id }, 'lost')
  t.deepEqual(await shipping.events(), ['shipment.lost', 'return.received'])
  t.deepEqual((await shipping.get('/shipments?claims=true')).body.items, [])
})

test('what a trusted carrier reports counts at once', async t => {
  const shipping = await aShippingService(t)
  const { id } = await shipping.waiting('A', { mug: 1 })
  await shipping.post(`/shipments/${id}/dispatch`, { carrier: 'Swift Parcel', trackingNumber: 'SP1' })
  await shipping.published()
  await shipping.reports('swift-parcel', { id: 'r1', trackingNumber: 'SP1', status: 'undeliverable' })
  t.deepEqual(await shipping.events(), ['shipment.undeliverable', 'return.requested'])
})

test('reports that are shuffled and doubled end as in their order', async t => {
  const shipping = await aShippingService(t)
  const orders = [
    ['lost', 'undeliverable', 'delivered'],
    ['delivered', 'lost', 'undeliverable'],
    ['undeliverable', 'delivered', 'delivered', 'lost'],
  ]
  for (const [at, reports] of orders.entries()) {
    const { id } = await shipping.waiting(`order ${at}`, { mug: 1 })
    await shipping.post(`/shipments/${id}/dispatch`, { carrier: 'Harbour Post', trackingNumber: `HP${at}` })
    for (const [n, status] of reports.entries())
      await shipping.reports('harbour-post', { id: `${at} ${n}`, trackingNumber: `HP${at}`, status })
    t.like(await shipping.shipmentsOf(`order ${at}`), [{ status: 'delivered' }])
    t.deepEqual(await shipping.returnsOf(`order ${at}`), [])
  }
})

test('a report that comes before its parcel has left is kept, and counts then', async t => {
  const shipping = await aShippingService(t)
  const { id } = await shipping.waiting('A', { mug: 1 })
  const report = { id: 'r1', trackingNumber: 'HP1', status: 'delivered' }
  t.like(await shipping.reports('harbour-post', report), { status: 202, body: { outcome: 'kept' } })
  t.is(await applyKept(carriers)(shipping.db), 0)
  t.like((await shipping.get('/carrier-reports', observer)).body, { items: [{ carrier: 'harbour-post', id: 'r1' }] })
  t.like((await shipping.get('/waiting', observer)).body, { dispatch: 1, unknownShipment: 1 })
  await shipping.post(`/shipments/${id}/dispatch`, { carrier: 'Harbour Post', trackingNumber: 'HP1' })
  await shipping.published()
  t.is(await applyKept(carriers)(shipping.db), 1)
  t.deepEqual(await shipping.events(), ['shipment.delivered'])
  t.like(await shipping.shipmentsOf('A'), [{ status: 'delivered', endedAt: '2026-02-01T12:00:00.000Z' }])
  t.is(await applyKept(carriers)(shipping.db), 0)
  t.like((await shipping.get('/waiting', observer)).body, { dispatch: 0, unknownShipment: 0 })
})

test('a report that is about no shipment of ours is dismissed, and counts no more', async t => {
  const shipping = await aShippingService(t)
  const report = { id: 'r/1', trackingNumber: 'HP1', status: 'lost' }
  const which = { carrier: 'harbour-post', id: 'r/1' }
  const dismissal = { ...which, reason: 'of another shop' }
  t.is((await shipping.reports('harbour-post', report)).status, 202)
  t.is((await shipping.post('/carrier-reports/dismiss', dismissal, observer)).status, 403)
  t.is(codeOf(await shipping.post('/carrier-reports/dismiss', { ...which, id: 'r2' })), '404 not_found')
  for (const body of [dismissal, which]) {
    const dismissed = await shipping.post('/carrier-reports/dismiss', body)
    t.like(dismissed, { status: 200, body: { ...which, status: 'lost', trackingNumber: 'HP1' } })
  }
  t.deepEqual((await shipping.get('/carrier-reports')).body, { items: [] })
  t.like((await shipping.get('/waiting')).body, { unknownShipment: 0 })
  t.like(await shipping.acts(), [
    {
      act: 'carrier_report.dismissed',
      on: { kind: 'carrier_report', id: 'harbour-post/r/1' },
      reason: 'of another shop',
      detail: 'lost HP1',
    },
  ])
  t.like(await shipping.reports('harbour-post', report), { status: 200, body: { outcome: 'duplicate' } })

  const { id } = await shipping.waiting('A', { mug: 1 })
  await shipping.post(`/shipments/${id}/dispatch`, { carrier: 'Harbour Post', trackingNumber: 'HP1' })
  t.is(await applyKept(carriers)(shipping.db), 0)
  t.like(await shipping.shipmentsOf('A'), [{ status: 'shipped' }])
  await shipping.reports('harbour-post', { ...report, id: 'r3', status: 'delivered' })
  t.is(codeOf(await shipping.post('/carrier-reports/dismiss', { ...which, id: 'r3' })), '409 report_applied')
})

test('reports are signed with a secret of their carrier', async t => {
  const shipping = await aShippingService(t)
  const report = { id: 'r1', trackingNumber: 'HP1', status: 'delivered' }
  t.is((await shipping.reports('harbour-post', report, 'the secret before that')).status, 202)
  t.is(codeOf(await shipping.reports('harbour-post', report, 'some other secret')), '401 wrong_signature')
  t.is(codeOf(await shipping.reports('nordlicht-kurier', report)), '404 not_found')
})

test('the simulated carrier delivers what left long enough ago', async t => {
  const shipping = await aShippingService(t)
  await shipping.shipped('A', { mug: 1 })
  t.is(await deliverSimulated(3_600_000)(shipping.db), 0)
  t.is(await deliverSimulated(0)(shipping.db), 1)
  t.is(await deliverSimulated(0)(shipping.db), 0)
  t.deepEqual(await shipping.events(), ['shipment.delivered'])
})

test('a location says how shipments leave it, for orders that are accepted from then on', async t => {
  const shipping = await aShippingService(t)
  const main = { name: 'main', handover: 'auto', lateAfterSeconds: 86_400 }
  t.deepEqual((await shipping.get('/locations', observer)).body, { items: [main] })
  const changed = await shipping.patch('/locations/main', { handover: 'manual', lateAfterSeconds: 3_600 })
  t.deepEqual(changed.body, { ...main, handover: 'manual', lateAfterSeconds: 3_600 })
  t.is(codeOf(await shipping.patch('/locations/moon', { handover: 'manual' })), '404 not_found')
  t.is(codeOf(await shipping.patch('/locations/main', {})), '422 invalid')
  t.is((await shipping.patch('/locations/main', { handover: 'auto' }, observer)).status, 403)
  const late = async () => ((await shipping.get('/shipments?late=true')).body.items as unknown[]).length
  await shipping.receives(orderAccepted('A', { mug: 1 }))
  t.is(await late(), 0)
  await shipping.db.transaction(tx => tx.query(`UPDATE parcels SET late_at = now() - interval '1 s'`))
  t.is(await late(), 1)
})

test.serial('while replicas of the release before are running, all leaves at once and nothing comes back', async t => {
  const shipping = await aShippingService(t)
  const parcel = await shipping.shipped('A', { mug: 1 })
  await shipping.patch('/locations/main', { handover: 'manual' })
  publishOnlyTypesOf('0.1.0')
  t.teardown(() => publishOnlyTypesOf('0.2.0'))
  await shipping.receives(orderAccepted('B', { mug: 1 }))
  t.deepEqual(await shipping.events(), ['shipment.shipped'])
  for (const refusal of [
    await shipping.patch('/locations/main', { handover: 'manual' }),
    await shipping.asks('A', { mug: 1 }),
    await shipping.outcome(parcel, 'delivered'),
    await shipping.post(`/shipments/${parcel.id}/dispatch`, {}),
  ])
    t.is(codeOf(refusal), '409 not_during_update')
  const { carrier = '', trackingNumber } = parcel
  const report = { id: 'r1', trackingNumber, status: 'delivered' }
  const known: Carriers = new Map([[carrier.toLowerCase().replace(' ', '-'), { secrets: [secret], isTrusted: false }]])
  await shipping.db.transaction(tx =>
    tx.query(
      `INSERT INTO carrier_reports (carrier, report_id, tracking_number, status, reported_at) VALUES ($1, $2, $3, $4, now())`,
      [[...known.keys()][0], report.id, report.trackingNumber, report.status],
    ),
  )
  t.is(await applyKept(known)(shipping.db), 0)
  publishOnlyTypesOf('0.2.0')
  t.is(await applyKept(known)(shipping.db), 1)
})

test('what an operator does to shipments, returns and locations is recorded; what customers do for themselves is not', async t => {
  const shipping = await aShippingService(t)
  const { id } = await shipping.waiting('A', { mug: 3 })
  await shipping.post(`/shipments/${id}/dispatch`, { lines: linesOf({ mug: 2 }) })
  await shipping.post(`/shipments/${id}/dispatch`)
  await shipping.post(`/shipments/${id}/outcome`, { status: 'delivered', detail: 'the carrier called' })
  const byOwner = await shipping.asks('A', { mug: 1 }, owner)
  await shipping.receivesGoods(byOwner.body.id, { mug: 1 }, 'scrap')
  const byOperator = await shipping.asks('A', { mug: 1 })
  await shipping.post(`/returns/${String(byOperator.body.id)}/cancel`, { reason: 'kept it' })
  const orderId = idOf('A')
  const ofReturn = ({ body }: Reply) => ({ on: { kind: 'return', id: body.id }, orderId })
  t.like(await shipping.acts(), [
    { act: 'location.updated', on: { kind: 'location', id: 'main' } },
    { act: 'shipment.dispatched', on: { kind: 'shipment', id }, orderId, detail: '2×mug' },
    {
      act: 'shipment.outcome_reported',
      on: { kind: 'shipment', id },
      orderId,
      detail: 'delivered',
      reason: 'the carrier called',
    },
    { act: 'return.received', ...ofReturn(byOwner), detail: 'at main: 1×mug scrap' },
    { act: 'return.requested', ...ofReturn(byOperator) },
    { act: 'return.cancelled', ...ofReturn(byOperator), reason: 'kept it' },
  ])
  t.is((await shipping.acts()).length, 6)
})
