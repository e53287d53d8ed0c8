import { Command } from 'commander'
import { shipmentShape, type Shipment } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { renderShipment } from '../../render/shipment.ts'

export const about: About = {
  summary: 'Show the shipment of an order',
  prints: shipmentShape,
  samples: [{ args: 'ORDER', callers: 'owners' }],
}

export const command: Make = ready =>
  new Command('show')
    .description('Show the shipment of an order: its carrier, its tracking number and what is in it')
    .argument('<order-id>')
    .addHelpText('after', '\nExample:\n  $ mgmt shipments show 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23')
    .action(async (id: string) => {
      const mgmt = await ready()
      const shipment = await mgmt.api.get<Shipment>('shipping', `/shipments/${encodeURIComponent(id)}`)
      await mgmt.print(shipment, renderShipment)
    })
