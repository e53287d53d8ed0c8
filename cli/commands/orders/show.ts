import { Command } from 'commander'
import { withCauses } from '../../system/diagnosis.ts'
import type { About, Make } from '../../command.ts'
import { orderOf } from '../../orders/selection.ts'
import { withParts } from '../../orders/whole-order.ts'
import { renderOrder } from '../../render/order.ts'
import { wholeOrderShape } from '../../client/shapes.ts'

export const about: About = {
  summary: 'Show one order: its lines, shipments, returns, money and steps',
  prints: wholeOrderShape,
  samples: [{ args: 'ORDER', callers: 'owners' }],
}

export const command: Make = ready =>
  new Command('show')
    .description('Show one order: its lines, shipments, returns, money and steps so far')
    .argument('<order-id>')
    .addHelpText('after', '\nExample:\n  $ mgmt orders show 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23 -o json')
    .action(async (id: string) => {
      const mgmt = await ready()
      const [order] = await withCauses(mgmt, [await orderOf(mgmt, id)])
      if (order) await mgmt.print(await withParts(mgmt, order), renderOrder)
    })
