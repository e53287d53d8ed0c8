import { Command } from 'commander'
import { refundShape, type Refund } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { renderRefund } from '../../render/refund.ts'

export const about: About = {
  summary: 'Show a refund',
  prints: refundShape,
  samples: [{ args: '01981b2c-7f00-7c32-8e61-4d8f1a2b3c45', callers: [4, 1, 1, 1, 1] }],
}

export const command: Make = ready =>
  new Command('show')
    .description('Show a refund; customers see their own')
    .argument('<refund-id>')
    .addHelpText('after', '\nExample:\n  $ mgmt refunds show 01981b2c-8000-7d43-9f72-5e901b2c3d56')
    .action(async (id: string) => {
      const mgmt = await ready()
      await mgmt.print(await mgmt.api.get<Refund>('payment', `/refunds/${encodeURIComponent(id)}`), renderRefund)
    })
