import pg from 'pg'
import { groupLags } from '@docket/kafka/admin.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { until } from './until.ts'

/** Where the books are kept. */
export interface BookAddresses {
  orders: string
  inventory: string
  payments: string
  shipping: string
  kafkaBrokers: string[]
}

interface OrderLine { id: string; status: string; total: number }
interface PaymentLine { orderId: string; status: string; amount: number; captured: boolean; refunded: boolean }

/**
 * Holds the four databases against each other: stock, money, parcels, timelines, outboxes. Waits until everything that
 * was under way has come to its end, then returns what is wrong, a sentence each; an empty list is exact books.
 */
export async function auditBooks(addresses: BookAddresses): Promise<string[]> {
  // twice: what was on its way while we looked at the one may be in the other by then
  await until('outboxes and lags are empty', async () => await unsettled(addresses) === 0 && await unsettled(addresses) === 0)
  const [orders, claims, payments, shipments] = await Promise.all([
    rows<OrderLine>(addresses.orders, 'SELECT id, status, total::float8 AS total FROM orders'),
    rows<{ orderId: string; status: string }>(addresses.inventory, 'SELECT order_id AS "orderId", status FROM claims'),
    rows<PaymentLine>(addresses.payments, `
      SELECT order_id AS "orderId", status, payments.amount::float8 AS amount, coalesce(outcome = 'captured', false) AS captured, coalesce(refunded, false) AS refunded
      FROM payments LEFT JOIN simulated_provider ON idempotency_key = id`),
    rows<{ orderId: string }>(addresses.shipping, 'SELECT order_id AS "orderId" FROM shipments'),
  ])
  const wrong = [...await wrongStock(addresses.inventory), ...await wrongTimelines(addresses.orders)]
  const claimOf = new Map(claims.map(claim => [claim.orderId, claim.status]))
  const paymentOf = new Map(payments.map(payment => [payment.orderId, payment]))
  const shipped = new Set(shipments.map(shipment => shipment.orderId))
  for (const order of orders) wrong.push(...wrongOrder(order, claimOf.get(order.id), paymentOf.get(order.id), shipped.has(order.id)))
  const known = new Set(orders.map(order => order.id))
  for (const id of [...claimOf.keys(), ...paymentOf.keys(), ...shipped]) if (!known.has(id)) wrong.push(`order ${id} is known to others, but not to order-service`)
  return wrong
}

/** Completed, charged, stock gone and one parcel, or none of it. */
function wrongOrder({ id, status, total }: OrderLine, claim: string | undefined, payment: PaymentLine | undefined, shipped: boolean): string[] {
  const wrong: string[] = []
  const completed = status === 'completed'
  if (status === 'pending' || status === 'accepted') wrong.push(`order ${id} is still ${status}`)
  if (completed !== (claim === 'committed')) wrong.push(`order ${id} is ${status}, its stock ${claim ?? 'unknown'}`)
  if (claim === 'reserved') wrong.push(`order ${id} is ${status}, and still holds stock`)
  const paid = payment !== undefined && payment.captured && !payment.refunded
  if (completed !== paid) wrong.push(`order ${id} is ${status}, and the provider has ${paid ? 'its money' : 'no money for it'}`)
  if (completed !== (payment?.status === 'succeeded')) wrong.push(`order ${id} is ${status}, its payment ${payment?.status ?? 'unknown'}`)
  if (completed && payment?.amount !== total) wrong.push(`order ${id} costs ${total}, charged was ${payment?.amount}`)
  if (completed !== shipped) wrong.push(`order ${id} is ${status}, and ${shipped ? 'a parcel' : 'no parcel'} left`)
  return wrong
}

async function wrongStock(url: string): Promise<string[]> {
  const items = await rows<{ sku: string }>(url, `
    WITH ledger AS (SELECT sku, sum(available) AS available, sum(reserved) AS reserved, sum(shipped) AS shipped FROM movements GROUP BY sku),
         held AS (SELECT sku, sum(quantity) AS n FROM reservations JOIN claims USING (order_id) WHERE status = 'reserved' GROUP BY sku),
         gone AS (SELECT sku, sum(quantity) AS n FROM reservations JOIN claims USING (order_id) WHERE status = 'committed' GROUP BY sku)
    SELECT sku FROM items LEFT JOIN ledger USING (sku) LEFT JOIN held USING (sku) LEFT JOIN gone USING (sku)
    WHERE items.available <> coalesce(ledger.available, 0) OR items.reserved <> coalesce(ledger.reserved, 0) OR items.shipped <> coalesce(ledger.shipped, 0)
       OR items.reserved <> coalesce(held.n, 0) OR items.shipped <> coalesce(gone.n, 0)
       OR items.received <> items.available + items.reserved + items.shipped OR least(items.available, items.reserved, items.shipped) < 0`)
  return items.map(({ sku }) => `the stock of ${sku} does not add up`)
}

/** Each order's timeline begins with its creation, and has exactly the one ending that its status says. */
async function wrongTimelines(url: string): Promise<string[]> {
  const orders = await rows<{ id: string; status: string; events: string[] }>(url, `
    SELECT id, status, array_agg(event ORDER BY position) AS events FROM orders LEFT JOIN timeline ON order_id = id GROUP BY id`)
  return orders.flatMap(({ id, status, events }) => {
    const endings = events.filter(event => ['order.completed', 'order.rejected', 'order.cancelled'].includes(event))
    const right = events[0] === 'order.created' && endings.length === 1 && endings[0] === `order.${status}`
    return right ? [] : [`the timeline of order ${id}, which is ${status}, is ${events.join(', ')}`]
  })
}

/** Events that are on their way: in an outbox, or not yet handled by a consumer. */
async function unsettled(addresses: BookAddresses): Promise<number> {
  const urls = [addresses.orders, addresses.inventory, addresses.payments, addresses.shipping]
  const waiting = await Promise.all(urls.map(url => rows<{ n: number }>(url, 'SELECT count(*)::int AS n FROM outbox')))
  const charging = await rows<{ n: number }>(addresses.payments, `SELECT count(*)::int AS n FROM payments WHERE status IN ('charging', 'refunding')`)
  const lags = await groupLags(kafkaClient({ brokers: addresses.kafkaBrokers, clientId: 'books' }))
  const services = lags.filter(({ group }) => group.endsWith('-service'))
  return [...waiting.flat(), ...charging].reduce((sum, { n }) => sum + n, 0) + services.reduce((sum, { lag }) => sum + lag, 0)
}

async function rows<Row>(url: string, sql: string): Promise<Row[]> {
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 })
  await client.connect()
  try {
    return (await client.query(sql)).rows as Row[]
  } finally {
    await client.end()
  }
}
