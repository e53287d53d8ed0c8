import { randomUUID } from 'node:crypto'
import { call, type Client } from '@docket/test/support/client.ts'
import type { Stack } from '@docket/test/support/stack.ts'
import type { Endpoint } from './endpoints.ts'
import { lastOrder } from './requests.ts'
import { readToken } from '@docket/test/support/tokens.ts'
import { until } from '@docket/test/support/until.ts'
import { Raw, type Known } from './values.ts'

export interface Fixtures {
  customer: Client
  other: Client
  knownAt(endpoint: Endpoint): Known
  refreshTokens: string[]
  orders: readonly string[]
  skus: readonly string[]
}

const password = 'correct horse battery'
const newNames = Array.from({ length: 500 }, (_, n) => `fuzz-new-${n}`)
const names = ['fuzz-ada', 'fuzz-ben', 'fuzz-cat', 'fuzz-dan']

export async function fixtures(stack: Stack): Promise<Fixtures> {
  const [customer, other] = await Promise.all([stack.customer(), stack.customer()])
  const skus = [
    await stack.item('mug', 900_000_000),
    await stack.item('plate', 900_000_000, 1_200),
    await stack.item('rare', 3),
  ]
  const orders = await Promise.all(
    [customer, customer, customer, other].map((who, n) =>
      stack.order(who, { [skus[n % 3] ?? '']: 1 + n }, n === 2 ? 'tok_declined' : undefined),
    ),
  )
  await Promise.all(orders.map(order => stack.end(order)))
  const goods = await someGoods(stack, customer, skus)
  const users: string[] = []
  const sessions: { refresh: string; id: string }[] = []
  for (const name of names) {
    const { body } = await call(`${stack.services.user}/signup`, 'POST', { username: name, password })
    users.push(String(body.id))
    for (let n = 0; n < 5; n++) sessions.push(await session(stack, name, password))
  }
  // their owner is among the callers
  for (let n = 0; n < 20; n++) sessions.push(await session(stack, customer.username, customer.password))
  return {
    customer,
    other,
    refreshTokens: sessions.map(one => one.refresh),
    orders: orders.map(({ id }) => id),
    skus,
    knownAt: endpoint =>
      known(endpoint, {
        skus,
        users: [...users, stack.operator.id],
        sessions: sessions.map(one => one.id),
        orders: [...orders.map(order => order.id), ...goods.orders],
        goods,
      }),
  }
}

async function session({ services }: Stack, username: string, password: string) {
  const { headers } = await call(`${services.user}/login`, 'POST', { username, password })
  const cookie = (name: string) =>
    headers
      .getSetCookie()
      .map(one => new RegExp(`^${name}=([^;]*)`).exec(one)?.[1])
      .find(Boolean) ?? ''
  return { refresh: cookie('refresh_token'), id: readToken(cookie('access_token')).claims.sid }
}

interface GoodsIds {
  orders: string[]
  shipments: string[]
  returns: string[]
  refunds: string[]
  requests: string[]
}

/** Orders that wait for their dispatch, have left in part, and come back in part. */
async function someGoods({ operator, order }: Stack, customer: Client, skus: readonly string[]): Promise<GoodsIds> {
  const handOver = (handover: string) => operator.patch('shipping', '/locations/main', { handover })
  const listed = async (service: 'order' | 'shipping', path: string) =>
    ((await operator.get(service, path)).body.items ?? []) as { id: string; status: string }[]
  await handOver('manual')
  const [mug = ''] = skus
  const orders = await Promise.all(Array.from({ length: 4 }, () => order(customer, { [mug]: 3 })))
  const ids = orders.map(({ id }) => id)
  const shipments = await until('their shipments wait', async () => {
    const open = (await Promise.all(ids.map(id => listed('shipping', `/orders/${id}/shipments`)))).flat()
    return open.length === ids.length && open.map(({ id }) => id)
  })
  await handOver('auto')
  const [leaving = '', other = ''] = shipments
  const made = async (service: 'order' | 'shipping' | 'payment', path: string, body: unknown) =>
    (await operator.post(service, path, body, { 'idempotency-key': randomUUID() })).body
  for (const id of [leaving, other])
    await made('shipping', `/shipments/${id}/dispatch`, { lines: [{ sku: mug, quantity: 2 }] })
  const shipped = await Promise.all(
    [leaving, other].map(async id => String((await operator.get('shipping', `/shipments/${id}`)).body.orderId)),
  )
  const returns = await Promise.all(
    shipped.map(orderId => made('shipping', '/returns', { orderId, lines: [{ sku: mug, quantity: 1 }] })),
  )
  const refunds = await Promise.all(
    shipped.map(orderId => made('payment', `/orders/${orderId}/refunds`, { amount: 1, reason: 'fuzz' })),
  )
  for (const id of ids) await made('order', `/orders/${id}/cancel`, { lines: [{ sku: mug, quantity: 1 }] })
  const requests = (await Promise.all(ids.map(id => listed('order', `/orders/${id}/cancel-requests`)))).flat()
  return {
    orders: ids,
    shipments,
    returns: returns.map(({ id }) => String(id)),
    refunds: refunds.map(({ id }) => String(id)),
    requests: requests.map(({ id }) => id),
  }
}

interface Ids {
  goods: GoodsIds
  skus: string[]
  users: string[]
  sessions: string[]
  orders: string[]
}

function known({ service, template }: Endpoint, { skus, users, sessions, orders, goods }: Ids): Known {
  const byFolder: Record<string, string[]> = {
    users,
    sessions,
    shipments: goods.shipments,
    returns: goods.returns,
    refunds: goods.refunds,
  }
  const ids = byFolder[template.split('/')[1] ?? ''] ?? orders
  const isNewItem = template === '/items'
  const isNewUser = template === '/signup'
  return {
    ...(!isNewItem && { sku: [...skus, ...skus, 'nothing-like-it'] }), // a new item usually needs an unused name
    id: [...ids, ...ids, ...(service === 'order-service' ? [lastOrder, lastOrder, lastOrder] : []), randomUUID()],
    orderId: [...orders, randomUUID()],
    shipmentId: [...goods.shipments, randomUUID()],
    requestId: [...goods.requests, randomUUID()],
    name: ['main', 'harbour-post', 'nowhere'],
    location: ['main', 'nowhere'],
    order: [...orders, randomUUID()],
    sessionId: [...sessions, randomUUID()],
    customer: users,
    currency: ['EUR', 'EUR', 'USD'],
    country: ['DE'],
    quantity: [1, 2, 3, 1_000_000, new Raw('1.0'), new Raw('1e2')],
    delta: [1, -1, 1_000, -2_000_000_000],
    unitPrice: [0, 1, 450, 1_000_000_000_000],
    paymentToken: [
      'tok_ok',
      'tok_ok',
      'tok_declined',
      'tok_timeout',
      'tok_unavailable',
      'tok_insufficient_funds',
      'no-such-token',
      'constructor',
      '__proto__',
    ],
    username: isNewUser ? newNames : names,
    password: [password, password, 'wrong password'],
    newPassword: ['battery staple', password, 'Password123'],
    limit: [1, 2, 500],
  }
}
