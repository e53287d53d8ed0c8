import { Command } from 'commander'
import { shipmentShape, type Shipment } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { renderShipment } from '../../render/shipment.ts'

export const about: About = {
  summary: 'Show a shipment',
  prints: shipmentShape,
  samples: [{ args: 'ORDER', callers: 'owners' }],
}

export const command: Make = ready =>
  new Command('show')
    .description('Show a shipment: where it is, its carrier, its tracking number and what is in it')
    .argument('<id>', 'of the shipment; or of an order, for the first of it that left')
    .addHelpText(
      'after',
      '\nExample:\n  $ mgmt shipments show 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23\n\nmgmt shipments list --order ORDER-ID lists all of an order.',
    )
    .action(async (id: string) => {
      const mgmt = await ready()
      const shipment = await mgmt.api.get<Shipment>('shipping', `/shipments/${encodeURIComponent(id)}`)
      await mgmt.print(shipment, renderShipment)
    })
