import type { Tx } from '@docket/chassis/database/database.ts'
import type { Backlog } from './admission.ts'
import { mayBecome, type CancelReason, type TombstoneReason } from './order.ts'
import type { OrderLine, PlacedPieces } from './order-lines.ts'
import type { PricedLine, Shortage } from './pricing.ts'
import type { OrderStatus, RejectionReason } from '@docket/contract/terms.ts'
import { open } from './statuses.store.ts'

export interface ShippingAddress {
  name: string
  line1: string
  line2?: string | undefined
  postalCode: string
  city: string
  country: string
}

export interface OrderRow {
  id: string
  customerId: string
  status: OrderStatus
  reason: RejectionReason | CancelReason | TombstoneReason | null
  detail: string | null
  lines: PricedLine[]
  shortages: Shortage[] | null
  total: number
  currency: string
  paymentToken: string
  shippingAddress: ShippingAddress | null
  version: number
  createdAt: Date
  updatedAt: Date
  expiresAt: Date
  stuck: boolean
  /** Null: its status says what became of its lines. */
  progress: OrderLine[] | null
  lateAt: Date | null
}

export type NewOrder = Pick<
  OrderRow,
  'id' | 'customerId' | 'lines' | 'total' | 'currency' | 'paymentToken' | 'shippingAddress'
> &
  ({ status: 'pending' } | { status: 'rejected'; reason: 'unknown_item'; detail: string; shortages: Shortage[] })

/** What became of the lines of an order, as JSON. */
export const progressOf = (orderId: string) => `(
  SELECT json_agg(json_build_object('sku', sku, 'quantity', quantity, 'unitPrice', unit_price,
    'cancelled', cancelled, 'shipped', shipped, 'returned', returned))
  FROM order_lines WHERE order_id = ${orderId})`

const columns = `id, customer_id AS "customerId", status, reason, detail, lines, shortages, total, currency, payment_token AS "paymentToken",
  shipping_address AS "shippingAddress", version, created_at AS "createdAt", updated_at AS "updatedAt", expires_at AS "expiresAt", late_at AS "lateAt",
  CASE WHEN has_lines THEN ${progressOf('orders.id')} END AS progress`

export interface LockedOrder {
  id: string
  createdAt: Date
  /** It was paid before its `stock.reserved` was heard. */
  isPaid: boolean
  /** It may have several shipments, or wait for people. */
  isSplit: boolean
}

export async function lockOrders(tx: Tx, ids: readonly string[]): Promise<Map<string, LockedOrder>> {
  const { rows } = await tx.query<LockedOrder>(
    `SELECT id, created_at AS "createdAt", is_paid AS "isPaid",
      has_lines OR late_at IS NOT NULL OR allocations IS NOT NULL AS "isSplit"
    FROM orders WHERE id = ANY($1::uuid[]) ORDER BY id FOR UPDATE`,
    [[...new Set(ids)].sort()],
  )
  return new Map(rows.map(row => [row.id, row]))
}

/** By the database's clock, as those of the replicas differ. */
export interface Times {
  createdAt: Date
  expiresAt: Date
}

/** Of orders that this transaction inserts. So they are known before, and nothing waits for the insert. */
export async function timesOf(tx: Tx, windowMs: number): Promise<Times> {
  const { rows } = await tx.query<Times>(
    `SELECT now() AS "createdAt", now() + make_interval(secs => $1::float8 / 1000) AS "expiresAt"`,
    [windowMs],
  )
  return rows[0] as Times
}

export function insertOrders(tx: Tx, orders: readonly NewOrder[], windowMs: number): void {
  tx.change(
    `
    INSERT INTO orders (id, customer_id, status, reason, detail, lines, shortages, total, currency, payment_token, shipping_address, expires_at)
    SELECT o.*, now() + make_interval(secs => $12::float8 / 1000)
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::jsonb[], $7::jsonb[], $8::bigint[], $9::text[], $10::text[], $11::jsonb[]) AS o`,
    [
      orders.map(o => o.id),
      orders.map(o => o.customerId),
      orders.map(o => o.status),
      orders.map(o => (o.status === 'rejected' ? o.reason : null)),
      orders.map(o => (o.status === 'rejected' ? o.detail : null)),
      orders.map(o => JSON.stringify(o.lines)),
      orders.map(o => (o.status === 'rejected' ? JSON.stringify(o.shortages) : null)),
      orders.map(o => o.total),
      orders.map(o => o.currency),
      orders.map(o => o.paymentToken),
      orders.map(o => (o.shippingAddress ? JSON.stringify(o.shippingAddress) : null)),
      windowMs,
    ],
  )
}

export const storedOrder = (order: NewOrder, { createdAt, expiresAt }: Times) => ({
  reason: null,
  detail: null,
  shortages: null,
  ...order,
  version: 1,
  createdAt,
  updatedAt: createdAt,
  expiresAt,
  stuck: false,
  progress: null,
  lateAt: null,
})

const noCustomer = '00000000-0000-0000-0000-000000000000'
const tombstone: TombstoneReason = 'unknown_order'

/**
 * Inserts tombstones under ids of orders that do not exist, so that none can be created under them, and returns those
 * that are new. They are cancelled from the start, without customer, lines or value.
 */
export async function insertTombstones(tx: Tx, ids: readonly string[]): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `
    INSERT INTO orders (id, customer_id, status, reason, lines, total, currency, payment_token, expires_at)
    SELECT id, $2, 'cancelled', $3, '[]', 0, 'XXX', '', now() FROM unnest($1::uuid[]) AS id
    ON CONFLICT DO NOTHING RETURNING id`,
    [[...new Set(ids)].sort(), noCustomer, tombstone],
  )
  return rows.map(row => row.id)
}

export interface Changed {
  id: string
  version: number
  ageSeconds: number
}

const age = 'extract(epoch FROM now() - created_at)::float8 AS "ageSeconds"'

/** Counted in the statement that ends an order, so that no further query is needed and rows are not contended. */
export const countEnded = `nextval('ended_orders')`

export type AcceptedOrder = Changed &
  Pick<OrderRow, 'customerId' | 'lines' | 'shippingAddress'> & { allocations: PlacedPieces[] | null }

/** Of these orders, which are paid, those whose stock is known to be reserved. */
export async function acceptReserved(tx: Tx, ids: readonly string[]): Promise<AcceptedOrder[]> {
  const { rows } = await tx.query<AcceptedOrder>(
    `
    UPDATE orders SET status = $2, version = version + 1, updated_at = now()
    WHERE id = ANY($1::uuid[]) AND status = ANY($3::text[]) AND ${isReserved}
    RETURNING id, version, ${age}, customer_id AS "customerId", lines, shipping_address AS "shippingAddress", allocations`,
    [ids, 'accepted' satisfies OrderStatus, mayBecome.accepted],
  )
  return rows
}

/** By its timeline, as the release before writes that too. */
const isReserved = `EXISTS (SELECT FROM timeline WHERE order_id = orders.id AND event = 'stock.reserved')`

/** An order whose payment overtakes its `stock.reserved` is accepted when that comes. */
export function notePaid(tx: Tx, ids: readonly string[]): void {
  tx.change(
    'UPDATE orders SET is_paid = true, updated_at = now() WHERE id = ANY($1::uuid[]) AND status = ANY($2::text[])',
    [ids, mayBecome.accepted],
  )
}

export function keepAllocations(tx: Tx, orders: readonly { id: string; allocations: readonly PlacedPieces[] }[]): void {
  tx.change(
    `
    UPDATE orders SET allocations = told.allocations FROM unnest($1::uuid[], $2::jsonb[]) AS told (id, allocations)
    WHERE orders.id = told.id AND status = ANY($3::text[])`,
    [orders.map(o => o.id), orders.map(o => JSON.stringify(o.allocations)), mayBecome.accepted],
  )
}

/** Paid orders whose `stock.reserved` was consumed by a replica of the release before, which accepts none by it. */
export async function lockPaidAndReserved(tx: Tx, limit: number): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `
    SELECT id FROM orders WHERE status IN (${open}) AND late_at IS NULL AND status = 'pending' AND is_paid AND ${isReserved}
    ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`,
    [limit],
  )
  return rows.map(row => row.id)
}

export interface Rejection {
  id: string
  reason: RejectionReason
  detail: string
  shortages: Shortage[]
}

export interface RejectedOrder {
  customerId: string
  lines: number
}

export async function reject(
  tx: Tx,
  rejections: readonly Rejection[],
): Promise<(Changed & Rejection & RejectedOrder)[]> {
  const { rows } = await tx.query<Changed & Rejection & RejectedOrder>(
    `
    UPDATE orders SET status = 'rejected', reason = r.reason, detail = r.detail, shortages = r.shortages, version = version + 1, updated_at = now()
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::jsonb[]) AS r (id, reason, detail, shortages)
    WHERE orders.id = r.id AND status = ANY($5::text[])
    RETURNING orders.id, version, ${age}, orders.reason, orders.detail, orders.shortages,
      customer_id AS "customerId", jsonb_array_length(lines) AS lines, ${countEnded}`,
    [
      rejections.map(r => r.id),
      rejections.map(r => r.reason),
      rejections.map(r => r.detail),
      rejections.map(r => JSON.stringify(r.shortages)),
      mayBecome.rejected,
    ],
  )
  return rows
}

export interface Cancellation {
  id: string
  reason: CancelReason
  detail?: string | undefined
}

export async function cancel(
  tx: Tx,
  cancellations: readonly Cancellation[],
): Promise<(Changed & { reason: CancelReason; detail: string | null })[]> {
  const { rows } = await tx.query<Changed & { reason: CancelReason; detail: string | null }>(
    `
    UPDATE orders SET status = 'cancelled', reason = c.reason, detail = c.detail, version = version + 1, updated_at = now()
    FROM unnest($1::uuid[], $2::text[], $3::text[]) AS c (id, reason, detail)
    WHERE orders.id = c.id AND status = ANY($4::text[])
    RETURNING orders.id, version, ${age}, orders.reason, orders.detail,
      CASE WHEN orders.reason = 'payment_failed' THEN ${countEnded} END`,
    [
      cancellations.map(c => c.id),
      cancellations.map(c => c.reason),
      cancellations.map(c => c.detail ?? null),
      mayBecome.cancelled,
    ],
  )
  return rows
}

export async function lockExpired(tx: Tx, limit: number): Promise<string[]> {
  const { rows } = await tx.query<{ id: string }>(
    `
    SELECT id FROM orders WHERE status = 'pending' AND expires_at <= now() ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED`,
    [limit],
  )
  return rows.map(row => row.id)
}

export async function statusOf(tx: Tx, id: string): Promise<OrderStatus | undefined> {
  const { rows } = await tx.query<{ status: OrderStatus }>('SELECT status FROM orders WHERE id = $1', [id])
  return rows[0]?.status
}

/** One order, if it is there and, unless `owner` is undefined, that customer's. */
export async function findOrder(
  tx: Tx,
  id: string,
  owner: string | undefined,
  stuckAfterMs: number,
): Promise<OrderRow | undefined> {
  const { rows } = await tx.query<OrderRow>(
    `
    SELECT ${columns}, ${stuckIf('$3')} AS stuck FROM orders WHERE id = $1 AND ($2::uuid IS NULL OR customer_id = $2)`,
    [id, owner ?? null, stuckAfterMs],
  )
  return rows[0]
}

export async function findOrders(tx: Tx, ids: readonly string[], stuckAfterMs: number): Promise<OrderRow[]> {
  const { rows } = await tx.query<OrderRow>(
    `SELECT ${columns}, ${stuckIf('$2')} AS stuck FROM orders WHERE id = ANY($1::uuid[])`,
    [ids, stuckAfterMs],
  )
  return rows
}

export interface OrderFilter {
  status?: OrderStatus | undefined
  customer?: string | undefined
  since?: string | undefined
  until?: string | undefined
  stuck?: boolean | undefined
  after?: string | undefined
  limit: number
}

export async function listOrders(tx: Tx, filter: OrderFilter, stuckAfterMs: number): Promise<OrderRow[]> {
  const { rows } = await tx.query<OrderRow>(
    `
    SELECT ${columns}, ${stuckIf('$8')} AS stuck FROM orders
    WHERE ($1::text IS NULL OR status = $1) AND ($2::uuid IS NULL OR customer_id = $2)
      AND ($3::timestamptz IS NULL OR created_at >= $3) AND ($4::timestamptz IS NULL OR created_at < $4)
      AND ($5::boolean IS NOT TRUE OR id IN (${stuckIds('$8')})) AND ($6::uuid IS NULL OR id < $6)
    ORDER BY id DESC LIMIT $7`,
    [
      filter.status ?? null,
      filter.customer ?? null,
      filter.since ?? null,
      filter.until ?? null,
      filter.stuck ?? null,
      filter.after ?? null,
      filter.limit,
      stuckAfterMs,
    ],
  )
  return rows
}

export async function countStuck(
  tx: Tx,
  stuckAfterMs: number,
): Promise<{ status: OrderStatus; orders: number; oldestSeconds: number }[]> {
  const { rows } = await tx.query<{ status: OrderStatus; orders: number; oldestSeconds: number }>(
    `
    WITH stuck AS (SELECT id, status, updated_at FROM orders WHERE id IN (${stuckIds('$1')}))
    SELECT waiting AS status, count(id) AS orders, coalesce(max(extract(epoch FROM now() - updated_at)), 0)::float8 AS "oldestSeconds"
    FROM unnest(ARRAY[${open}, 'completed', 'cancelled']) AS waiting LEFT JOIN stuck ON status = waiting GROUP BY waiting`,
    [stuckAfterMs],
  )
  return rows
}

/**
 * Counts at most `most` orders that are not final and wait for machines. A pending order that has made progress waits
 * for its payment; one without progress for `staleMs` waits for no machine either.
 */
export async function readBacklog(tx: Tx, most: number, staleMs: number): Promise<Backlog> {
  const { rows } = await tx.query<Backlog>(
    `
    SELECT count(*) AS open, count(*) FILTER (WHERE is_fresh AND NOT is_paying) AS machines, count(*) FILTER (WHERE is_fresh AND is_paying) AS payment,
      (SELECT last_value FROM ended_orders) AS ended
    FROM (SELECT updated_at > now() - make_interval(secs => $2::float8 / 1000) AS is_fresh, status = 'pending' AND updated_at > created_at AS is_paying
          FROM orders WHERE status IN (${open}) AND late_at IS NULL LIMIT $1) AS open`,
    [most, staleMs],
  )
  return rows[0] as Backlog // an aggregate has a row
}

const before = (thresholdMs: string) => `now() - make_interval(secs => ${thresholdMs}::float8 / 1000)`

/** The parts of the condition repeat those of partial indexes. */
const quietIf = (thresholdMs: string) =>
  `(status IN (${open}) AND late_at IS NULL OR late_at < now()) AND updated_at < ${before(thresholdMs)}`

const unanswered = (thresholdMs: string) =>
  `SELECT order_id FROM cancel_requests WHERE answered_at IS NULL AND requested_at < ${before(thresholdMs)}`

const kept = (thresholdMs: string) =>
  `SELECT order_id FROM order_returns WHERE counted_at IS NULL AND received_at < ${before(thresholdMs)}`

/** Never null, as the comparison with `late_at` may be. */
export const stuckIf = (thresholdMs: string) =>
  `(coalesce(${quietIf(thresholdMs)}, false) OR has_lines AND (
    EXISTS (${unanswered(thresholdMs)} AND order_id = orders.id) OR EXISTS (${kept(thresholdMs)} AND order_id = orders.id)))`

/** The same for many orders, by indexes. */
const stuckIds = (thresholdMs: string) =>
  `SELECT id FROM orders WHERE ${quietIf(thresholdMs)} UNION ALL ${unanswered(thresholdMs)} UNION ALL ${kept(thresholdMs)}`
