import { savesMarks, type Handlers } from '@docket/chassis/messaging/handlers.ts'
import { newId } from '@docket/chassis/id.ts'
import { publish } from '@docket/chassis/messaging/outbox.ts'
import { handOver } from './shipment.ts'
import { claimShipments } from './shipment.store.ts'

export const handlers: Handlers = {
  ...savesMarks,

  'order.accepted': async (tx, events) => {
    const shipments = events.map(({ data }) => handOver(data, newId()))
    const claimed = await claimShipments(tx, shipments) // drops orders that already have a parcel
    const leaving = shipments.filter(shipment => claimed.has(shipment.id))
    await publish(
      tx,
      leaving.map(({ orderId, id, carrier, trackingNumber }) => ({
        type: 'shipment.shipped',
        key: orderId,
        sequence: 1,
        data: { orderId, shipmentId: id, carrier, trackingNumber },
      })),
    )
  },
}
