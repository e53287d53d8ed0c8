import { randomUUID } from 'node:crypto'
import { call, type Client } from '@docket/test/support/client.ts'
import type { Stack } from '@docket/test/support/stack.ts'
import type { Endpoint } from './endpoints.ts'
import { lastOrder } from './requests.ts'
import { readToken } from '@docket/test/support/tokens.ts'
import { Raw, type Known } from './values.ts'

export interface Fixtures {
  customer: Client
  other: Client
  knownAt(endpoint: Endpoint): Known
  refreshTokens: string[]
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
  const users: string[] = []
  const sessions: { refresh: string; id: string }[] = []
  for (const name of names) {
    const { body } = await call(`${stack.services.user}/signup`, 'POST', { username: name, password })
    users.push(String(body.id))
    for (let n = 0; n < 5; n++) sessions.push(await session(stack, name, password))
  }
  // whose owner is among those who ask
  for (let n = 0; n < 20; n++) sessions.push(await session(stack, customer.username, customer.password))
  return {
    customer,
    other,
    refreshTokens: sessions.map(one => one.refresh),
    knownAt: endpoint =>
      known(endpoint, {
        skus,
        users: [...users, stack.operator.id],
        sessions: sessions.map(one => one.id),
        orders: orders.map(order => order.id),
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

interface Ids {
  skus: string[]
  users: string[]
  sessions: string[]
  orders: string[]
}

function known({ service, template }: Endpoint, { skus, users, sessions, orders }: Ids): Known {
  const ids = template.startsWith('/users') ? users : template.startsWith('/sessions') ? sessions : orders
  const isNewItem = template === '/items'
  const isNewUser = template === '/signup'
  return {
    ...(!isNewItem && { sku: [...skus, ...skus, 'nothing-like-it'] }), // a new item has a new name mostly
    id: [...ids, ...ids, ...(service === 'order-service' ? [lastOrder, lastOrder, lastOrder] : []), randomUUID()],
    orderId: [...orders, randomUUID()],
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
