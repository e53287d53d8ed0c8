import test, { type ExecutionContext } from 'ava'
import { idAt, newId } from '@docket/chassis/id.ts'
import { authenticator } from '@docket/chassis/http/auth.ts'
import { keys, observerToken, operatorToken, token } from '@docket/test/support/http-server.ts'
import { call } from '@docket/test/support/client.ts'
import { idOf, orderAccepted } from '@docket/test/support/events.ts'
import { aConsumer } from '@docket/test/support/listener.ts'
import { aServer } from '@docket/test/support/service-endpoints.ts'
import { handlers } from './shipment.handlers.ts'
import { routes } from './shipment.routes.ts'

const [customer, owner] = [token({ sub: idOf('anna') }), token({ sub: idOf('a customer') })]
const [observer, operator] = [observerToken(), operatorToken()]
const address = { name: 'Anna', line1: 'Quay 1', postalCode: '20457', city: 'Hamburg', country: 'DE' }

async function aShippingService(t: ExecutionContext) {
  const shipping = await aConsumer(t, 'shipping-service', handlers)
  const url = await aServer(
    t,
    routes,
    shipping.db,
    authenticator(async () => keys.publicKey),
  )
  const get = (path: string, who = operator) => call(url + path, 'GET', undefined, { authorization: `Bearer ${who}` })
  return {
    ...shipping,
    get,
    parcelOf: (order: string, who = operator) => get(`/shipments/${idOf(order)}`, who),
  }
}

test('a parcel goes to the address of its order, and carries the number that was published', async t => {
  const shipping = await aShippingService(t)
  const [withAddress, without] = [orderAccepted('A', { mug: 2, plate: 1 }), orderAccepted('B', { mug: 1 })]
  await shipping.receives({ ...withAddress, data: { ...withAddress.data, shippingAddress: address } }, without)
  const { status, body } = await shipping.parcelOf('A')
  t.is(status, 200)
  t.like(body, { orderId: idOf('A'), lines: withAddress.data.lines, shippingAddress: address })
  const published = (await shipping.published()).find(event => event.key === idOf('A'))
  t.deepEqual(published?.data, {
    orderId: idOf('A'),
    shipmentId: body.id,
    carrier: body.carrier,
    trackingNumber: body.trackingNumber,
  })
  t.false('shippingAddress' in (await shipping.parcelOf('B')).body)
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
  t.like(await page('limit=2'), { orders: [third, second], next: second })
  t.like(await page(`limit=2&cursor=${second}`), { orders: [first], next: null })
  t.like(await page('since=2026-01-02T00:00:00Z&until=2026-01-03T00:00:00Z'), { orders: [second], next: null })
  t.like(await page(`order=${first}`), { orders: [first], next: null })
  const { items } = await page('')
  t.deepEqual(
    (await page(`carrier=${encodeURIComponent(items[0]?.carrier.toUpperCase() ?? '')}`)).orders,
    items.filter(({ carrier }) => carrier === items[0]?.carrier).map(({ orderId }) => orderId),
  )
  t.deepEqual(items[0]?.shippingAddress, address)
  t.false((await page('', observer)).items.some(one => 'shippingAddress' in one || 'customerId' in one))
  t.is((await shipping.get('/shipments', owner)).status, 403)
  t.is((await shipping.get('/shipments?limit=501')).status, 422)
})
