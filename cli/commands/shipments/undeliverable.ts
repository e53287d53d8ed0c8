import { Command } from 'commander'
import { shipmentShape } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { renderShipment } from '../../render/shipment.ts'
import { sayOutcome, withOutcomeOptions, type OutcomeOptions } from './outcome.ts'

export const about: About = {
  summary: 'Note or confirm that a shipment is undeliverable',
  changesThings: true,
  prints: shipmentShape,
  samples: [{ args: 'ORDER', callers: [4, 4, 4, 1, 4] }],
}

export const command: Make = ready =>
  withOutcomeOptions(
    new Command('undeliverable').description(
      'Note or confirm that a shipment could not be delivered: its goods are awaited, and refunded once they are received',
    ),
  )
    .addHelpText('after', '\nExample:\n  $ mgmt shipments undeliverable 01981b2c-7f00-7c32-8e61-4d8f1a2b3c45')
    .action(async (id: string, options: OutcomeOptions) => {
      const mgmt = await ready()
      await mgmt.print(await sayOutcome(mgmt, id, 'undeliverable', options), renderShipment)
    })
