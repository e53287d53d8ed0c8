import { query } from './query.ts'
import {
  stockNumbers,
  type ClaimEntry,
  type ItemEntry,
  type LineEntry,
  type OrderEntry,
  type OrderReturn,
  type PaymentEntry,
  type RefundEntry,
  type RequestEntry,
  type ReturnedPieces,
  type ReturnEntry,
  type ShippingEntry,
  type Snapshot,
  type StockEntry,
} from './snapshot.ts'
import type { Sources } from './sources.ts'

type Databases = Pick<Sources, 'orders' | 'inventory' | 'payments' | 'shipping'>

const rows = <Row>(url: string, sql: string, values: readonly unknown[] = []) => query<Row>(url, sql, values, 60_000) // enough for whole tables

/** Which orders to read, as a condition on a column: all of them, when undefined. */
type OrderIds = readonly string[] | undefined

function readerOf(url: string, orderIds: OrderIds) {
  const condition = (column: string) => (orderIds ? `${column} = ANY($1::uuid[])` : 'true')
  const read = <Row>(sql: (isRead: typeof condition) => string) =>
    rows<Row>(url, sql(condition), orderIds ? [orderIds] : [])
  return {
    read,
    async byOrder<T>(sql: (isRead: typeof condition) => string): Promise<ReadonlyMap<string, T[]>> {
      return Map.groupBy(await read<T & { orderId: string }>(sql), ({ orderId }) => orderId)
    },
  }
}

const secondsSince = (time: string) => `extract(epoch FROM now() - ${time})::float8`

/** Also those that are not at an end: an order that nothing happens to is what a reconciliation must find. */
export async function changedOrders(at: Databases, since: Date): Promise<string[]> {
  const changed = await Promise.all([
    rows<{ id: string }>(
      at.orders,
      `
      SELECT id FROM orders WHERE updated_at >= $1 OR status IN ('pending', 'accepted')
      UNION SELECT order_id FROM cancel_requests WHERE answered_at IS NULL OR answered_at >= $1
      UNION SELECT order_id FROM order_returns WHERE counted_at IS NULL OR counted_at >= $1`,
      [since],
    ),
    rows<{ id: string }>(at.inventory, 'SELECT order_id AS id FROM claims WHERE updated_at >= $1', [since]),
    rows<{ id: string }>(
      at.payments,
      `
      SELECT order_id AS id FROM payments WHERE updated_at >= $1
      UNION SELECT order_id FROM refunds WHERE updated_at >= $1 OR status IN ('due', 'failed')`,
      [since],
    ),
    rows<{ id: string }>(
      at.shipping,
      `
      SELECT order_id AS id FROM shipments WHERE shipped_at >= $1
      UNION SELECT order_id FROM parcels WHERE greatest(created_at, shipped_at, ended_at) >= $1 OR status = 'open'
      UNION SELECT order_id FROM returns WHERE greatest(created_at, ended_at) >= $1
      UNION SELECT order_id FROM withdrawals WHERE decided_at IS NULL OR decided_at >= $1`,
      [since],
    ),
  ])
  return [...new Set(changed.flat().map(({ id }) => id))]
}

export async function knownOrders(at: Databases, ids: readonly string[]): Promise<Set<string>> {
  const known = await rows<{ id: string }>(at.orders, 'SELECT id FROM orders WHERE id = ANY($1::uuid[])', [ids])
  return new Set(known.map(({ id }) => id))
}

export async function readOrders(at: Databases, orderIds: OrderIds): Promise<Snapshot['orders']> {
  type Plain = Omit<OrderEntry, 'lines' | 'requests' | 'returns'> & { id: string; plainLines: LineEntry[] | null }
  const { read, byOrder } = readerOf(at.orders, orderIds)
  const [orders, lines, requests, returns] = await Promise.all([
    read<Plain>(
      isRead => `
      SELECT id, status, coalesce(reason = 'unknown_order', false) AS "isUnknown", total::float8 AS total, currency, version,
        ${secondsSince('updated_at')} AS "quietSeconds", ${secondsSince('created_at')} AS "ageSeconds",
        late_at IS NOT NULL AS "waitsForPeople", CASE WHEN NOT has_lines THEN lines END AS "plainLines", coalesce(events, '{}') AS timeline
      FROM orders LEFT JOIN (
        SELECT order_id, array_agg(event ORDER BY position) AS events
        FROM (SELECT order_id, event, position FROM timeline UNION ALL SELECT order_id, event, position FROM repeated_steps) AS steps
        WHERE ${isRead('order_id')} GROUP BY 1) AS entries ON order_id = id
      WHERE ${isRead('id')}`,
    ),
    byOrder<LineEntry>(
      isRead => `
      SELECT order_id AS "orderId", sku, quantity, unit_price::float8 AS "unitPrice", cancelled, shipped, returned
      FROM order_lines WHERE ${isRead('order_id')}`,
    ),
    byOrder<RequestEntry>(
      isRead => `
      SELECT order_id AS "orderId", id, ${secondsSince('requested_at')} AS "ageSeconds", withdrawn
      FROM cancel_requests WHERE ${isRead('order_id')}`,
    ),
    byOrder<OrderReturn>(
      isRead => `
      SELECT order_id AS "orderId", id, ${secondsSince('received_at')} AS "ageSeconds", lines, counted_at IS NOT NULL AS "isCounted"
      FROM order_returns WHERE ${isRead('order_id')}`,
    ),
  ])
  return new Map(
    orders.map(({ id, plainLines, ...order }) => [
      id,
      {
        ...order,
        lines: lines.get(id) ?? plainLines?.map(line => ofPlainOrder(order.status, line)) ?? [],
        requests: requests.get(id) ?? [],
        returns: returns.get(id) ?? [],
      },
    ]),
  )
}

/** What happened to a line to which nothing happened that the status of its order does not tell. */
const ofPlainOrder = (status: string, { sku, quantity, unitPrice }: LineEntry): LineEntry => ({
  sku,
  quantity,
  unitPrice,
  cancelled: 0,
  shipped: status === 'completed' ? quantity : 0,
  returned: 0,
})

export const readPromised = (at: Databases, since?: Date): Promise<Snapshot['promised']> =>
  rows(
    at.orders,
    `
    SELECT key, body->>'id' AS "orderId" FROM idempotency_keys
    WHERE scope LIKE '% POST /orders' AND status = 201 AND created_at >= coalesce($1::timestamptz, '-infinity')`,
    [since ?? null],
  )

/** How far retention has passed. */
export async function readPast(at: Databases): Promise<Snapshot['past']> {
  const [[marks], [newest]] = await Promise.all([
    rows<{ detailsBefore: string; detailsKept: string[]; ordersBefore: string; ordersKept: string[] }>(
      at.orders,
      `SELECT details_before AS "detailsBefore", details_kept AS "detailsKept", orders_before AS "ordersBefore", orders_kept AS "ordersKept"
       FROM purge_marks`,
    ),
    rows<{ payment: string | null }>(at.payments, 'SELECT newest_payment AS payment FROM purge_marks'),
  ])
  if (!marks) throw new Error('purge_marks of order-service has no row')
  return {
    details: { before: marks.detailsBefore, kept: new Set(marks.detailsKept) },
    orders: { before: marks.ordersBefore, kept: new Set(marks.ordersKept) },
    newestPayment: newest?.payment ?? null,
  }
}

export const readItems = (at: Databases): Promise<ItemEntry[]> =>
  rows(
    at.inventory,
    `
    WITH held AS (
      SELECT sku, sum(quantity)::float8 AS held
      FROM (SELECT order_id, sku, quantity FROM reservations UNION ALL SELECT order_id, sku, quantity FROM reservations_elsewhere) AS pieces
        JOIN claims USING (order_id)
      WHERE status = 'reserved' GROUP BY sku),
    elsewhere AS (SELECT sku, sum(reserved)::float8 AS reserved FROM stock_elsewhere GROUP BY sku)
    SELECT sku, version, ${secondsSince('created_at')} AS "ageSeconds", received, available, items.reserved, shipped,
      items.reserved + coalesce(elsewhere.reserved, 0) AS "reservedAnywhere", coalesce(held.held, 0) AS held
    FROM items LEFT JOIN held USING (sku) LEFT JOIN elsewhere USING (sku)`,
  )

const names = stockNumbers.join(', ')

/** What was at main before there were locations is in the items. */
export const readStock = (at: Databases): Promise<StockEntry[]> =>
  rows(
    at.inventory,
    `
    WITH stock AS (
      SELECT sku, 'main' AS location, ${names} FROM items UNION ALL SELECT sku, location, ${names} FROM stock_elsewhere),
    moves AS (
      SELECT sku, location, ${names} FROM movements
      UNION ALL SELECT sku, 'main', ${names} FROM purged_stock
      UNION ALL SELECT sku, location, ${names} FROM purged_stock_elsewhere),
    ledger AS (
      SELECT sku, location, ${stockNumbers.map(name => `sum(${name})::float8 AS ${name}`).join(', ')} FROM moves GROUP BY sku, location)
    SELECT sku, location, ${stockNumbers.map(name => `stock.${name}`).join(', ')},
      json_build_object(${stockNumbers.map(name => `'${name}', coalesce(ledger.${name}, 0)`).join(', ')}) AS movements
    FROM stock LEFT JOIN ledger USING (sku, location)`,
  )

export async function readClaims(at: Databases, orderIds: OrderIds): Promise<Snapshot['claims']> {
  const { read, byOrder } = readerOf(at.inventory, orderIds)
  const [claims, lines, returns] = await Promise.all([
    read<Omit<ClaimEntry, 'lines' | 'returns'> & { id: string }>(
      isRead => `SELECT order_id AS id, status, version FROM claims WHERE ${isRead('order_id')}`,
    ),
    byOrder<ClaimEntry['lines'][number]>(
      isRead => `
      SELECT order_id AS "orderId", sku, sum(reserved)::float8 AS reserved, sum(shipped)::float8 AS shipped FROM movements
      WHERE order_id IS NOT NULL AND ${isRead('order_id')} GROUP BY order_id, sku`,
    ),
    byOrder<ReturnedPieces>(
      isRead => `
      SELECT order_id AS "orderId", ref AS "returnId", sku, condition, quantity
      FROM movements, LATERAL (VALUES ('restock', available), ('scrap', scrapped), ('lost', lost)) AS counted (condition, quantity)
      WHERE return_kind IS NOT NULL AND quantity > 0 AND ${isRead('order_id')}`,
    ),
  ])
  return new Map(
    claims.map(({ id, ...claim }) => [id, { ...claim, lines: lines.get(id) ?? [], returns: returns.get(id) ?? [] }]),
  )
}

export async function readPayments(at: Databases, orderIds: OrderIds): Promise<Snapshot['payments']> {
  const { read, byOrder } = readerOf(at.payments, orderIds)
  const [payments, refunds] = await Promise.all([
    // a reference says who charged; those of the simulated provider begin with sim_
    read<Omit<PaymentEntry, 'refunds' | 'id'> & { orderId: string; id: string }>(
      isRead => `
      SELECT order_id AS "orderId", id, status, amount::float8 AS amount, currency, version, ${secondsSince('updated_at')} AS "quietSeconds",
        coalesce(provider_ref NOT LIKE 'sim\\_%' AND amount > 0, false) AS "isExternal"
      FROM payments WHERE ${isRead('order_id')}`,
    ),
    // the release before refunds all that is left of a payment, and writes no row for it
    byOrder<RefundEntry>(
      isRead => `
      SELECT order_id AS "orderId", id, reason AS kind, amount::float8 AS amount, status, cause FROM refunds
      WHERE ${isRead('order_id')}
      UNION ALL
      SELECT order_id, order_id, coalesce(reason, 'requested'), (amount - refunded)::float8,
        CASE status WHEN 'refunded' THEN 'given' ELSE 'due' END, NULL
      FROM payments WHERE status IN ('refunding', 'refunded') AND refunded < amount AND ${isRead('order_id')}`,
    ),
  ])
  return new Map(
    payments.map(({ orderId, ...payment }) => [orderId, { ...payment, refunds: refunds.get(orderId) ?? [] }]),
  )
}

/** An order of one shipment that left when it was accepted is one row of `shipments`, and no more. */
export async function readShipments(at: Databases, orderIds: OrderIds): Promise<Snapshot['shipments']> {
  const { read, byOrder } = readerOf(at.shipping, orderIds)
  const [orders, shipments, returns, requests] = await Promise.all([
    read<Pick<ShippingEntry, 'version' | 'quietSeconds'> & { id: string }>(
      isRead => `
      WITH moves AS (
        SELECT order_id, shipped_at AS at, 1 AS sequence FROM shipments
        UNION ALL SELECT order_id, greatest(created_at, shipped_at, ended_at), 0 FROM parcels
        UNION ALL SELECT order_id, greatest(created_at, ended_at), 0 FROM returns
        UNION ALL SELECT order_id, decided_at, 0 FROM withdrawals
        UNION ALL SELECT order_id, NULL, sequence FROM orders)
      SELECT order_id AS id, max(sequence) AS version, coalesce(${secondsSince('max(at)')}, 'infinity') AS "quietSeconds"
      FROM moves WHERE ${isRead('order_id')} GROUP BY order_id`,
    ),
    byOrder<ShippingEntry['shipments'][number]>(
      isRead => `
      SELECT order_id AS "orderId", id, 'shipped' AS status, lines FROM shipments WHERE NOT adopted AND ${isRead('order_id')}
      UNION ALL
      SELECT order_id, id, status, coalesce(
        (SELECT jsonb_agg(jsonb_build_object('sku', sku, 'quantity', quantity)) FROM shipment_lines WHERE shipment_id = parcels.id), '[]')
      FROM parcels WHERE ${isRead('order_id')}`,
    ),
    byOrder<ReturnEntry>(
      isRead => `
      SELECT order_id AS "orderId", id, shipment_id AS "shipmentId", kind, status, lost_in AS "lostIn", coalesce(
        (SELECT jsonb_agg(jsonb_build_object('sku', sku, 'quantity', quantity, 'condition', condition)) FROM return_lines WHERE return_id = returns.id), '[]') AS lines
      FROM returns WHERE ${isRead('order_id')}`,
    ),
    byOrder<{ id: string }>(
      isRead => `SELECT order_id AS "orderId", request_id AS id FROM withdrawals WHERE ${isRead('order_id')}`,
    ),
  ])
  return new Map(
    orders.map(({ id, ...order }) => [
      id,
      {
        ...order,
        shipments: shipments.get(id) ?? [],
        returns: returns.get(id) ?? [],
        requests: (requests.get(id) ?? []).map(request => request.id),
      },
    ]),
  )
}
