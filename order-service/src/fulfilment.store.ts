import type { Tx } from '@docket/chassis/database/database.ts'
import type { OrderStatus } from '@docket/contract/terms.ts'
import type { Fulfilment, ReturnedGoods } from './fulfilment.ts'
import type { CancelReason } from './order.ts'
import { linesByStatus, type OrderLine } from './order-lines.ts'
import { countEnded, progressOf, type OrderRow } from './order.store.ts'
import { final } from './statuses.store.ts'

export interface StoredFulfilment extends Fulfilment, Pick<OrderRow, 'id' | 'version' | 'createdAt'> {
  ordered: OrderRow['lines']
  /** False: its status says what became of its lines, and nothing of it is stored. */
  hasLines: boolean
  requests: ReadonlyMap<string, { requestedBy: string; detail: string | null }>
}

type Row = Pick<StoredFulfilment, 'id' | 'status' | 'version' | 'createdAt' | 'ordered' | 'hasLines'> & {
  lines: OrderLine[] | null
  shipments: string[] | null
  requests: { id: string; requestedBy: string; detail: string | null }[] | null
  returns: (ReturnedGoods & { id: string })[] | null
}

/** The orders must be locked, and by an earlier statement, because this one sees what was committed before it began. */
export async function readFulfilments(tx: Tx, ids: readonly string[]): Promise<StoredFulfilment[]> {
  const { rows } = await tx.query<Row>(
    `
    SELECT id, status, version, created_at AS "createdAt", lines AS ordered, has_lines AS "hasLines",
      CASE WHEN has_lines THEN ${progressOf('orders.id')} END AS lines,
      CASE WHEN has_lines THEN (SELECT json_agg(id) FROM counted_shipments WHERE order_id = orders.id) END AS shipments,
      CASE WHEN has_lines THEN (
        SELECT json_agg(json_build_object('id', id, 'requestedBy', requested_by, 'detail', detail))
        FROM cancel_requests WHERE order_id = orders.id AND answered_at IS NULL) END AS requests,
      CASE WHEN has_lines THEN (
        SELECT json_agg(json_build_object('id', id, 'lines', lines, 'isCounted', counted_at IS NOT NULL) ORDER BY received_at, id)
        FROM order_returns WHERE order_id = orders.id) END AS returns
    FROM orders WHERE id = ANY($1::uuid[])`,
    [ids],
  )
  return rows.map(({ lines, shipments, requests, returns, ...order }) => ({
    ...order,
    lines: lines ?? linesByStatus(order.status, order.ordered),
    shipments: new Set(shipments),
    requests: new Map(requests?.map(({ id, ...request }) => [id, request])),
    openRequests: new Set(requests?.map(({ id }) => id)),
    returns: new Map(returns?.map(({ id, ...goods }) => [id, goods])),
  }))
}

export interface SavedStatus {
  id: string
  status: OrderStatus
  /** Of an order that is cancelled by this change. */
  reason: CancelReason | null
  detail: string | null
  version: number
  hasLines: boolean
  isEnding: boolean
}

/** An order that is final waits for nobody. */
export function saveStatuses(tx: Tx, orders: readonly SavedStatus[]): void {
  tx.change(
    `
    UPDATE orders SET status = saved.status, version = saved.version, has_lines = saved.has_lines, updated_at = now(),
      reason = coalesce(saved.reason, orders.reason), detail = coalesce(saved.detail, orders.detail),
      late_at = CASE WHEN saved.status IN (${final}) THEN NULL ELSE late_at END
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::boolean[], $7::boolean[])
      AS saved (id, status, reason, detail, version, has_lines, is_ending)
    WHERE orders.id = saved.id RETURNING CASE WHEN is_ending THEN ${countEnded} END`,
    [
      orders.map(o => o.id),
      orders.map(o => o.status),
      orders.map(o => o.reason),
      orders.map(o => o.detail),
      orders.map(o => o.version),
      orders.map(o => o.hasLines),
      orders.map(o => o.isEnding),
    ],
  )
}

export function saveLines(tx: Tx, lines: readonly (OrderLine & { orderId: string })[]): void {
  tx.change(
    `
    INSERT INTO order_lines (order_id, sku, quantity, unit_price, cancelled, shipped, returned)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::bigint[], $5::int[], $6::int[], $7::int[])
    ON CONFLICT (order_id, sku) DO UPDATE
    SET cancelled = excluded.cancelled, shipped = excluded.shipped, returned = excluded.returned`,
    [
      lines.map(l => l.orderId),
      lines.map(l => l.sku),
      lines.map(l => l.quantity),
      lines.map(l => l.unitPrice),
      lines.map(l => l.cancelled),
      lines.map(l => l.shipped),
      lines.map(l => l.returned),
    ],
  )
}

export function claimShipments(tx: Tx, shipments: readonly { orderId: string; id: string }[]): void {
  tx.change('INSERT INTO counted_shipments (order_id, id) SELECT * FROM unnest($1::uuid[], $2::uuid[])', [
    shipments.map(s => s.orderId),
    shipments.map(s => s.id),
  ])
}

export function saveReturns(tx: Tx, returns: readonly (ReturnedGoods & { orderId: string; id: string })[]): void {
  tx.change(
    `
    INSERT INTO order_returns (order_id, id, lines, counted_at)
    SELECT order_id, id, lines, CASE WHEN is_counted THEN now() END
    FROM unnest($1::uuid[], $2::uuid[], $3::jsonb[], $4::boolean[]) AS came (order_id, id, lines, is_counted)
    ON CONFLICT (order_id, id) DO UPDATE SET counted_at = excluded.counted_at`,
    [
      returns.map(r => r.orderId),
      returns.map(r => r.id),
      returns.map(r => JSON.stringify(r.lines)),
      returns.map(r => r.isCounted),
    ],
  )
}

export interface ManualShipment {
  orderId: string
  id: string
  lateAt: string
}

/** Shipments that wait for people; one that has left stays known as that. */
export function openShipments(tx: Tx, shipments: readonly ManualShipment[]): void {
  tx.change(
    `INSERT INTO manual_shipments (order_id, id, late_at) SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::timestamptz[])
    ON CONFLICT DO NOTHING`,
    [shipments.map(s => s.orderId), shipments.map(s => s.id), shipments.map(s => s.lateAt)],
  )
  updateLateness(tx, shipments)
}

export function closeShipments(tx: Tx, shipments: readonly Pick<ManualShipment, 'orderId' | 'id'>[]): void {
  tx.change(
    `UPDATE manual_shipments SET has_left = true FROM unnest($1::uuid[], $2::uuid[]) AS gone (order_id, id)
    WHERE manual_shipments.order_id = gone.order_id AND manual_shipments.id = gone.id`,
    [shipments.map(s => s.orderId), shipments.map(s => s.id)],
  )
  updateLateness(tx, shipments)
}

function updateLateness(tx: Tx, shipments: readonly { orderId: string }[]): void {
  tx.change(
    `UPDATE orders SET late_at = (SELECT min(late_at) FROM manual_shipments WHERE order_id = orders.id AND NOT has_left)
    WHERE id = ANY($1::uuid[]) AND status NOT IN (${final})`,
    [shipments.map(s => s.orderId)],
  )
}
