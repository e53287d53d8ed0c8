import type { Tx } from '@docket/chassis/database/database.ts'
import type { ShipmentStatus } from '@docket/contract/terms.ts'
import type { ShippingAddress } from './goods.ts'
import type { Pieces } from './shipment.ts'
import type { Label } from './simulated-carrier.ts'

export interface NewShipment extends Label {
  orderId: string
  id: string
  customerId?: string | undefined
  lines: readonly Pieces[]
  shippingAddress?: ShippingAddress | undefined
}

/**
 * Inserts shipments that leave whole at once, and returns their ids without those of orders that have one. The insert
 * is a claim too, because a replica of the release before knows no other.
 */
export async function insertShipments(tx: Tx, shipments: readonly NewShipment[]): Promise<Set<string>> {
  // in another order, this and a replica of the release before, which claims nothing else, would deadlock
  const sorted = shipments.toSorted((a, b) => (a.orderId < b.orderId ? -1 : 1))
  const { rows } = await tx.query<{ id: string }>(
    `
    INSERT INTO shipments (order_id, id, carrier, tracking_number, lines, shipping_address, customer_id)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::jsonb[], $6::jsonb[], $7::uuid[])
    ON CONFLICT (order_id) DO NOTHING RETURNING id`,
    [
      sorted.map(s => s.orderId),
      sorted.map(s => s.id),
      sorted.map(s => s.carrier),
      sorted.map(s => s.trackingNumber),
      sorted.map(s => JSON.stringify(s.lines)),
      sorted.map(s => (s.shippingAddress ? JSON.stringify(s.shippingAddress) : null)),
      sorted.map(s => s.customerId ?? null),
    ],
  )
  return new Set(rows.map(row => row.id))
}

export interface StoredShipment {
  orderId: string
  id: string
  location: string
  status: ShipmentStatus
  confirmed: boolean
  carrier: string | null
  trackingNumber: string | null
  lines: (Pieces & { returned: number })[]
  customerId: string | null
  shippingAddress: ShippingAddress | null
  createdAt: Date
  lateAt: Date | null
  shippedAt: Date | null
  endedAt: Date | null
}

/** The lines, the customer and the address of a parcel are in other tables, and read for those that are found. */
const parcels = `
  SELECT id, order_id, location, status, confirmed, carrier, tracking_number, NULL::jsonb AS lines, created_at, late_at,
    shipped_at, ended_at, NULL::uuid AS customer_id, NULL::jsonb AS shipping_address
  FROM parcels`

const leftAtOnce = `
  SELECT id, order_id, 'main' AS location, 'shipped' AS status, false AS confirmed, carrier, tracking_number, lines,
    shipped_at AS created_at, NULL::timestamptz AS late_at, shipped_at, NULL::timestamptz AS ended_at, customer_id,
    shipping_address
  FROM shipments WHERE NOT adopted`

/** As if they stood in one table. */
const everyShipment = `${parcels} UNION ALL ${leftAtOnce}`

const columns = `order_id AS "orderId", id, location, status, confirmed, carrier, tracking_number AS "trackingNumber",
  coalesce(customer_id, (SELECT customer_id FROM orders WHERE order_id = every.order_id)) AS "customerId",
  coalesce(shipping_address, (SELECT shipping_address FROM orders WHERE order_id = every.order_id)) AS "shippingAddress",
  created_at AS "createdAt", late_at AS "lateAt", shipped_at AS "shippedAt", ended_at AS "endedAt",
  coalesce((SELECT jsonb_agg(line || '{"returned": 0}') FROM jsonb_array_elements(lines) AS line),
    (SELECT jsonb_agg(jsonb_build_object('sku', sku, 'quantity', quantity, 'returned', returned) ORDER BY sku)
     FROM shipment_lines WHERE shipment_id = every.id), '[]') AS lines`

export async function findShipment(tx: Tx, id: string): Promise<StoredShipment | undefined> {
  const { rows } = await tx.query<StoredShipment>(`SELECT ${columns} FROM (${everyShipment}) AS every WHERE id = $1`, [
    id,
  ])
  return rows[0]
}

/** In the order in which they came to be. */
export async function shipmentsOf(tx: Tx, orderId: string): Promise<StoredShipment[]> {
  const { rows } = await tx.query<StoredShipment>(
    `SELECT ${columns} FROM (${everyShipment}) AS every WHERE order_id = $1 ORDER BY id`,
    [orderId],
  )
  return rows
}

export async function orderOfShipment(tx: Tx, id: string): Promise<string | undefined> {
  const { rows } = await tx.query<{ orderId: string }>(
    `
    SELECT order_id AS "orderId" FROM parcels WHERE id = $1
    UNION ALL SELECT order_id FROM shipments WHERE id = $1`,
    [id],
  )
  return rows[0]?.orderId
}

/**
 * How a carrier is called in the path of its reports: `Harbour Post (Ltd.)` is harbour-post-ltd. Two that are called the
 * same are one carrier, because its reports could not say which parcel they are about.
 */
export const nameInPaths = (carrier: string) =>
  `trim('-' FROM regexp_replace(lower(${carrier}), '[^a-z0-9]+', '-', 'g'))`

/** The lock makes two dispatches with the same label wait for each other. */
export async function isLabelTaken(tx: Tx, shipmentId: string, { carrier, trackingNumber }: Label): Promise<boolean> {
  tx.change('SELECT pg_advisory_xact_lock(hashtextextended($1, 0))', [trackingNumber])
  const { rowCount } = await tx.query(
    `
    SELECT FROM parcels WHERE id <> $3 AND tracking_number = $1 AND ${nameInPaths('carrier')} = ${nameInPaths('$2')}
    UNION ALL SELECT FROM shipments
    WHERE id <> $3 AND tracking_number = $1 AND ${nameInPaths('carrier')} = ${nameInPaths('$2')}`,
    [trackingNumber, carrier, shipmentId],
  )
  return rowCount > 0
}

export interface ShipmentFilter {
  order?: string | undefined
  carrier?: string | undefined
  status?: ShipmentStatus | undefined
  location?: string | undefined
  claims?: boolean | undefined
  late?: boolean | undefined
  from: string
  before?: string | undefined
  /** The last of the page before. */
  after?: { orderId: string; id: string } | undefined
  limit: number
}

/** Each table by its index: sorted together, all rows of both would be read for a page. */
const newestOf = (source: string) => `
  (SELECT * FROM (${source}) AS one
   WHERE order_id >= $1 AND ($2::uuid IS NULL OR order_id < $2) AND ($3::uuid IS NULL OR order_id = $3)
     AND ($4::text IS NULL OR lower(carrier) = lower($4)) AND ($5::text IS NULL OR status = $5)
     AND ($6::text IS NULL OR location = $6)
     AND ($7::boolean IS NULL OR (NOT confirmed AND status IN ('undeliverable', 'lost')) = $7)
     AND ($8::boolean IS NULL OR (status = 'open' AND late_at < now()) = $8)
     AND ($9::uuid IS NULL OR (order_id, id) < ($9, $10::uuid))
   ORDER BY order_id DESC, id DESC LIMIT $11)`

export async function listShipments(tx: Tx, filter: ShipmentFilter): Promise<StoredShipment[]> {
  const { rows } = await tx.query<StoredShipment>(
    `
    SELECT ${columns} FROM (${newestOf(parcels)} UNION ALL ${newestOf(leftAtOnce)}) AS every
    ORDER BY order_id DESC, id DESC LIMIT $11`,
    [
      filter.from,
      filter.before ?? null,
      filter.order ?? null,
      filter.carrier ?? null,
      filter.status ?? null,
      filter.location ?? null,
      filter.claims ?? null,
      filter.late ?? null,
      filter.after?.orderId ?? null,
      filter.after?.id ?? null,
      filter.limit,
    ],
  )
  return rows
}
