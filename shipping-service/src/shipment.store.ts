import type { Tx } from '@docket/chassis/database/database.ts'
import type { Shipment } from './shipment.ts'

/** Keeps the shipments of orders that have none, and says which. The insert is the claim: one parcel leaves. */
export async function claimShipments(tx: Tx, shipments: readonly Shipment[]): Promise<Set<string>> {
  // two replicas that claim in another order deadlock
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

const columns = `order_id AS "orderId", customer_id AS "customerId", id, carrier, tracking_number AS "trackingNumber", lines,
  shipping_address AS "shippingAddress", shipped_at AS "shippedAt"`

export type SentShipment = Shipment & { shippedAt: Date }

export async function findShipment(tx: Tx, orderId: string): Promise<SentShipment | undefined> {
  const { rows } = await tx.query<ShipmentRow>(`SELECT ${columns} FROM shipments WHERE order_id = $1`, [orderId])
  return rows.map(shipmentOf)[0]
}

export interface ShipmentFilter {
  order?: string | undefined
  carrier?: string | undefined
  from: string
  before?: string | undefined
  limit: number
}

export async function listShipments(tx: Tx, filter: ShipmentFilter): Promise<SentShipment[]> {
  const { rows } = await tx.query<ShipmentRow>(
    `
    SELECT ${columns} FROM shipments
    WHERE order_id >= $1 AND ($2::uuid IS NULL OR order_id < $2) AND ($3::uuid IS NULL OR order_id = $3)
      AND ($4::text IS NULL OR lower(carrier) = lower($4))
    ORDER BY order_id DESC LIMIT $5`,
    [filter.from, filter.before ?? null, filter.order ?? null, filter.carrier ?? null, filter.limit],
  )
  return rows.map(shipmentOf)
}

const shipmentOf = (row: ShipmentRow): SentShipment => ({
  ...row,
  customerId: row.customerId ?? undefined,
  shippingAddress: row.shippingAddress ?? undefined,
})

type ShipmentRow = Omit<Shipment, 'customerId' | 'shippingAddress'> & {
  customerId: string | null
  shippingAddress: Shipment['shippingAddress'] | null
  shippedAt: Date
}
