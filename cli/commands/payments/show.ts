import { Command } from 'commander'
import { paymentShape, type Payment } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { renderPaymentWhole } from '../../render/payment.ts'

export const about: About = {
  summary: 'Show the payment of an order, with every attempt',
  prints: paymentShape,
  samples: [{ args: 'ORDER', callers: 'owners' }],
}

export const command: Make = ready =>
  new Command('show')
    .description('Show the payment of an order, with every attempt; customers see their own')
    .argument('<order-id>')
    .addHelpText('after', '\nExample:\n  $ mgmt payments show 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23')
    .action(async (id: string) => {
      const mgmt = await ready()
      const payment = await mgmt.api.get<Payment>('payment', `/payments/${encodeURIComponent(id)}`)
      await mgmt.print(payment, renderPaymentWhole)
    })
