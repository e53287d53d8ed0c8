// Runs in the management pod, from standard input: orders at a steady pace, each request sent once and never again, so
// that a request that an update loses is seen. Prints what came of it as JSON. Needs nothing but Node.
// NEW_CONNECTIONS=yes: each request has a connection of its own, as those of clients who come for the first time.
import { randomBytes } from 'node:crypto'
import { request as send } from 'node:http'
import { setTimeout as pause } from 'node:timers/promises'

const { SECONDS, PER_SECOND, SKU, NEW_CONNECTIONS } = process.env
const failures = {}
const times = []
const orders = []
let requestCount = 0

const viaFetch = async (url, options) => {
  const answer = await fetch(url, options)
  return { status: answer.status, cookies: answer.headers.getSetCookie(), text: await answer.text() }
}

const viaNewConnection = (url, { body, ...options }) =>
  new Promise((resolve, reject) => {
    const sent = send(url, { ...options, agent: false }, answer => {
      let text = ''
      answer.setEncoding('utf8').on('data', part => (text += part))
      answer.on('end', () => resolve({ status: answer.statusCode, cookies: answer.headers['set-cookie'] ?? [], text }))
      answer.on('error', reject)
    })
    sent.on('error', reject)
    sent.end(body)
  })

async function request(url, { token, body } = {}) {
  requestCount++
  const began = performance.now()
  try {
    const { status, cookies, text } = await (NEW_CONNECTIONS === 'yes' ? viaNewConnection : viaFetch)(url, {
      method: body ? 'POST' : 'GET',
      signal: AbortSignal.timeout(20_000),
      headers: {
        ...(token && { authorization: `Bearer ${token}` }),
        ...(body && { 'content-type': 'application/json' }),
      },
      ...(body && { body: JSON.stringify(body) }),
    })
    if (status >= 300) throw new Error(`${status} ${text.slice(0, 120)}`)
    times.push(performance.now() - began)
    return { cookies, body: JSON.parse(text) }
  } catch (error) {
    const why = `${new URL(url).host}: ${error.cause?.code ?? error.cause?.message ?? error.code ?? error.message}`
    failures[why] = (failures[why] ?? 0) + 1
    return undefined
  }
}

const { MGMT_USER_URL: users, MGMT_ORDER_URL: order, MGMT_INVENTORY_URL: inventory } = process.env
const password = randomBytes(12).toString('base64url')
// several customers: one may have no more than fifty requests under way, and an update holds up more for a moment
const customers = []
while (customers.length < 8) {
  const username = `load-${randomBytes(4).toString('hex')}`
  customers.push({ username, token: tokenOf(await request(`${users}/signup`, { body: { username, password } })) })
}

function tokenOf(reply) {
  return reply?.cookies.find(cookie => cookie.startsWith('access_token='))?.split(/[=;]/)[1]
}

async function once(number) {
  const customer = customers[number % customers.length]
  const { username, token } = customer
  const made = await request(`${order}/orders`, { token, body: { lines: [{ sku: SKU, quantity: 1 }] } })
  if (!made) return
  orders.push({ id: made.body.id, customer })
  await request(`${order}/orders/${made.body.id}`, { token })
  await request(`${inventory}/items/${SKU}`, { token })
  if (Math.floor(number / customers.length) % 20 === number % customers.length)
    // one login at a time
    customer.token = tokenOf(await request(`${users}/login`, { body: { username, password } })) ?? token
}

const running = []
const end = Date.now() + 1_000 * Number(SECONDS)
for (let number = 0; Date.now() < end; number++) {
  running.push(once(number))
  await pause(1_000 / Number(PER_SECOND))
}
await Promise.all(running)

// an order that was acknowledged ends, whatever happened meanwhile
const unfinished = new Set(orders)
for (const limit = Date.now() + 60_000; unfinished.size > 0 && Date.now() < limit; await pause(500)) {
  for (const one of [...unfinished].slice(0, 200)) {
    const now = await request(`${order}/orders/${one.id}`, { token: one.customer.token })
    if (now && ['completed', 'rejected', 'cancelled'].includes(now.body.status)) unfinished.delete(one)
  }
}
times.sort((a, b) => a - b)
const at = share => Math.round(times[Math.floor(share * (times.length - 1))] ?? 0)
console.log(
  JSON.stringify({
    requests: requestCount,
    failures,
    orders: orders.length,
    unfinished: unfinished.size,
    p50Ms: at(0.5),
    p99Ms: at(0.99),
    maxMs: at(1),
  }),
)
