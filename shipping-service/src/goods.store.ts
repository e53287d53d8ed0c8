import type { Tx } from '@docket/chassis/database/database.ts'
import type { Goods, OrderReturn, OrderShipment, ShippingAddress } from './goods.ts'

/** Of a claim: true when a cancel request had overtaken the order. */
export type ClaimedOrders = ReadonlyMap<string, boolean>

/**
 * Claims accepted orders that were not claimed before. Orders of which only a cancel request is known get a row too,
 * because it is the lock. Sorted: two replicas that insert in different orders would deadlock.
 */
export async function claimOrders(
  tx: Tx,
  accepted: readonly string[],
  requested: readonly string[],
): Promise<ClaimedOrders> {
  const isAccepted = new Set(accepted)
  const ids = [...new Set([...accepted, ...requested])].sort()
  const { rows } = await tx.query<{ orderId: string; isAccepted: boolean; isNew: boolean }>(
    `
    INSERT INTO orders (order_id, is_accepted) SELECT * FROM unnest($1::uuid[], $2::boolean[])
    ON CONFLICT (order_id) DO UPDATE SET is_accepted = true WHERE excluded.is_accepted AND NOT orders.is_accepted
    RETURNING order_id AS "orderId", is_accepted AS "isAccepted", xmax = 0 AS "isNew"`,
    [ids, ids.map(id => isAccepted.has(id))],
  )
  return new Map(rows.filter(row => row.isAccepted).map(({ orderId, isNew }) => [orderId, !isNew]))
}

/**
 * Locks orders and returns everything that belongs to them. Shipments that left at once, or that the release before
 * shipped, are copied to `parcels` first. Orders that are not known here are left out.
 */
export async function lockGoods(tx: Tx, ids: readonly string[]): Promise<Map<string, Goods>> {
  if (ids.length === 0) return new Map()
  const orderIds = [...new Set(ids)].sort()
  lockOrders(tx, orderIds)
  adoptShipments(tx, orderIds)
  const [orders, shipments, returns] = await Promise.all([
    readOrders(tx, orderIds),
    readShipments(tx, orderIds),
    readReturns(tx, orderIds),
  ])
  return new Map(
    orders.map(({ customerId, shippingAddress, ...order }) => [
      order.orderId,
      {
        ...order,
        customerId: customerId ?? undefined,
        shippingAddress: shippingAddress ?? undefined,
        shipments: (shipments.get(order.orderId) ?? []).map(shipmentOf),
        returns: (returns.get(order.orderId) ?? []).map(returnOf),
      },
    ]),
  )
}

function lockOrders(tx: Tx, orderIds: readonly string[]): void {
  tx.change(
    `
    INSERT INTO orders (order_id, is_accepted)
    SELECT order_id, true FROM shipments WHERE order_id = ANY($1::uuid[]) ORDER BY order_id
    ON CONFLICT (order_id) DO UPDATE SET is_accepted = true WHERE NOT orders.is_accepted`,
    [orderIds],
  )
  tx.change('SELECT FROM orders WHERE order_id = ANY($1::uuid[]) ORDER BY order_id FOR UPDATE', [orderIds])
}

/** The caller has locked the orders. */
function adoptShipments(tx: Tx, orderIds: readonly string[]): void {
  tx.change(
    `
    WITH left_at_once AS (
           UPDATE shipments SET adopted = true WHERE order_id = ANY($1::uuid[]) AND NOT adopted RETURNING *),
         known AS (
           UPDATE orders SET sequence = 1, customer_id = one.customer_id, shipping_address = one.shipping_address
           FROM left_at_once AS one WHERE orders.order_id = one.order_id),
         parcel AS (
           INSERT INTO parcels (id, order_id, location, status, confirmed, carrier, tracking_number, created_at, shipped_at)
           SELECT id, order_id, 'main', 'shipped', false, carrier, tracking_number, shipped_at, shipped_at FROM left_at_once)
    INSERT INTO shipment_lines (shipment_id, sku, quantity)
    SELECT id, sku, quantity FROM left_at_once, jsonb_to_recordset(lines) AS line (sku text, quantity int)`,
    [orderIds],
  )
}

/** Of an order that has shipments; whose it is was not said by the release before. */
export async function findOwner(tx: Tx, orderId: string): Promise<{ customerId: string | null } | undefined> {
  const { rows } = await tx.query<{ customerId: string | null }>(
    `
    SELECT customer_id AS "customerId" FROM orders WHERE order_id = $1 AND is_accepted
    UNION ALL SELECT customer_id FROM shipments WHERE order_id = $1
    ORDER BY 1 NULLS LAST LIMIT 1`,
    [orderId],
  )
  return rows[0]
}

interface OrderRow {
  orderId: string
  isAccepted: boolean
  sequence: number
  customerId: string | null
  shippingAddress: ShippingAddress | null
}

async function readOrders(tx: Tx, orderIds: readonly string[]): Promise<OrderRow[]> {
  const { rows } = await tx.query<OrderRow>(
    `
    SELECT order_id AS "orderId", is_accepted AS "isAccepted", sequence, customer_id AS "customerId",
      shipping_address AS "shippingAddress"
    FROM orders WHERE order_id = ANY($1::uuid[])`,
    [orderIds],
  )
  return rows
}

type Nullable<T> = { [K in keyof T]-?: undefined extends T[K] ? Exclude<T[K], undefined> | null : T[K] }

type ShipmentRow = Nullable<Omit<OrderShipment, 'lateAt' | 'endedAt'>> & {
  orderId: string
  lateAt: Date | null
  endedAt: Date | null
}

/** In the order in which they came to be, because ids ascend. */
async function readShipments(tx: Tx, orderIds: readonly string[]): Promise<Map<string, ShipmentRow[]>> {
  const { rows } = await tx.query<ShipmentRow>(
    `
    SELECT id, order_id AS "orderId", location, status, confirmed, carrier, tracking_number AS "trackingNumber",
      late_at AS "lateAt", ended_at AS "endedAt",
      coalesce((SELECT json_agg(json_build_object('sku', sku, 'quantity', quantity) ORDER BY sku)
                FROM shipment_lines WHERE shipment_id = parcels.id), '[]') AS lines
    FROM parcels WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, id`,
    [orderIds],
  )
  return Map.groupBy(rows, ({ orderId }) => orderId)
}

const shipmentOf = ({ orderId: _, lateAt, endedAt, carrier, trackingNumber, ...row }: ShipmentRow): OrderShipment => ({
  ...row,
  ...(lateAt && { lateAt: lateAt.toISOString() }),
  ...(endedAt && { endedAt: endedAt.toISOString() }),
  ...(carrier !== null && { carrier }),
  ...(trackingNumber !== null && { trackingNumber }),
})

type ReturnRow = Nullable<OrderReturn> & { orderId: string }

async function readReturns(tx: Tx, orderIds: readonly string[]): Promise<Map<string, ReturnRow[]>> {
  const { rows } = await tx.query<ReturnRow>(
    `
    SELECT id, order_id AS "orderId", shipment_id AS "shipmentId", kind, status, lost_in AS "lostIn", location, detail,
      requested_by AS "requestedBy",
      (SELECT json_agg(json_strip_nulls(json_build_object(
         'sku', sku, 'quantity', quantity, 'condition', nullif(condition, ''))) ORDER BY sku, condition)
       FROM return_lines WHERE return_id = returns.id) AS lines
    FROM returns WHERE order_id = ANY($1::uuid[]) ORDER BY order_id, id`,
    [orderIds],
  )
  return Map.groupBy(rows, ({ orderId }) => orderId)
}

const returnOf = ({ orderId: _, lostIn, location, detail, requestedBy, ...row }: ReturnRow): OrderReturn => ({
  ...row,
  ...(lostIn !== null && { lostIn }),
  ...(location !== null && { location }),
  ...(detail !== null && { detail }),
  ...(requestedBy !== null && { requestedBy }),
})

export interface ChangedGoods {
  before: Goods
  after: Goods
}

/** Saves what differs. The caller has locked the orders; `after.sequence` counts the events of the change. */
export function saveGoods(tx: Tx, changes: readonly ChangedGoods[]): void {
  const shipments = changes.flatMap(({ before, after }) =>
    after.shipments.filter(one => !before.shipments.includes(one)).map(one => ({ ...one, orderId: after.orderId })),
  )
  const returns = changes.flatMap(({ before, after }) =>
    after.returns.filter(one => !before.returns.includes(one)).map(one => ({ ...one, orderId: after.orderId })),
  )
  saveOrders(
    tx,
    changes.map(({ after }) => after),
  )
  if (shipments.length > 0) saveShipments(tx, shipments)
  if (returns.length > 0) saveReturns(tx, returns)
}

function saveOrders(tx: Tx, orders: readonly Goods[]): void {
  tx.change(
    `
    UPDATE orders SET is_accepted = changed.is_accepted, sequence = changed.sequence, customer_id = changed.customer_id,
      shipping_address = changed.shipping_address
    FROM unnest($1::uuid[], $2::boolean[], $3::int[], $4::uuid[], $5::jsonb[])
      AS changed (order_id, is_accepted, sequence, customer_id, shipping_address)
    WHERE orders.order_id = changed.order_id`,
    [
      orders.map(o => o.orderId),
      orders.map(o => o.isAccepted),
      orders.map(o => o.sequence),
      orders.map(o => o.customerId ?? null),
      orders.map(o => (o.shippingAddress ? JSON.stringify(o.shippingAddress) : null)),
    ],
  )
}

type OfOrder<T> = T & { orderId: string }

/** A shipment without lines was withdrawn whole, so its last lines go. */
function saveShipments(tx: Tx, shipments: readonly OfOrder<OrderShipment>[]): void {
  const lines = shipments.flatMap(({ id, lines }) => lines.map(line => ({ id, ...line })))
  tx.change(
    `
    INSERT INTO parcels (id, order_id, location, status, confirmed, carrier, tracking_number, late_at, ended_at, shipped_at)
    SELECT *, CASE WHEN status NOT IN ('open', 'cancelled') THEN now() END
    FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::boolean[], $6::text[], $7::text[], $8::timestamptz[],
      $9::timestamptz[]) AS changed (id, order_id, location, status, confirmed, carrier, tracking_number, late_at, ended_at)
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, confirmed = excluded.confirmed, carrier = excluded.carrier,
      tracking_number = excluded.tracking_number, ended_at = excluded.ended_at,
      shipped_at = coalesce(parcels.shipped_at, excluded.shipped_at)`,
    [
      shipments.map(s => s.id),
      shipments.map(s => s.orderId),
      shipments.map(s => s.location),
      shipments.map(s => s.status),
      shipments.map(s => s.confirmed),
      shipments.map(s => s.carrier ?? null),
      shipments.map(s => s.trackingNumber ?? null),
      shipments.map(s => s.lateAt ?? null),
      shipments.map(s => s.endedAt ?? null),
    ],
  )
  tx.change(
    `
    WITH line AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[]) AS l (shipment_id, sku, quantity)),
         gone AS (
           DELETE FROM shipment_lines AS old WHERE shipment_id = ANY($4::uuid[])
             AND NOT EXISTS (SELECT FROM line WHERE line.shipment_id = old.shipment_id AND line.sku = old.sku))
    INSERT INTO shipment_lines (shipment_id, sku, quantity) SELECT * FROM line
    ON CONFLICT (shipment_id, sku) DO UPDATE SET quantity = excluded.quantity`,
    [lines.map(l => l.id), lines.map(l => l.sku), lines.map(l => l.quantity), shipments.map(s => s.id)],
  )
}

/** What is returned of a line is counted from the returns themselves, so that its CHECK does not rely on the decision. */
function saveReturns(tx: Tx, returns: readonly OfOrder<OrderReturn>[]): void {
  const lines = returns.flatMap(({ id, lines }) => lines.map(line => ({ id, ...line })))
  const ids = returns.map(r => r.id)
  tx.change(
    `
    INSERT INTO returns (id, order_id, shipment_id, kind, status, lost_in, location, detail, requested_by, ended_at)
    SELECT *, CASE WHEN status <> 'requested' THEN now() END
    FROM unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::text[], $5::text[], $6::uuid[], $7::text[], $8::text[], $9::uuid[])
      AS changed (id, order_id, shipment_id, kind, status, lost_in, location, detail, requested_by)
    ON CONFLICT (id) DO UPDATE SET status = excluded.status, location = excluded.location, ended_at = excluded.ended_at`,
    [
      ids,
      returns.map(r => r.orderId),
      returns.map(r => r.shipmentId),
      returns.map(r => r.kind),
      returns.map(r => r.status),
      returns.map(r => r.lostIn ?? null),
      returns.map(r => r.location ?? null),
      returns.map(r => r.detail ?? null),
      returns.map(r => r.requestedBy ?? null),
    ],
  )
  tx.change('DELETE FROM return_lines WHERE return_id = ANY($1::uuid[])', [ids])
  tx.change(
    `
    INSERT INTO return_lines (return_id, sku, quantity, condition)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[], $4::text[])`,
    [lines.map(l => l.id), lines.map(l => l.sku), lines.map(l => l.quantity), lines.map(l => l.condition ?? '')],
  )
  tx.change(
    `
    UPDATE shipment_lines AS line SET returned = (
      SELECT coalesce(sum(quantity), 0)::int FROM returns JOIN return_lines ON return_id = returns.id
      WHERE returns.shipment_id = line.shipment_id AND sku = line.sku AND status <> 'cancelled' AND kind <> 'found')
    WHERE shipment_id = ANY($1::uuid[])`,
    [returns.map(r => r.shipmentId)],
  )
}
