import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import { sendOnce } from '../../client/once.ts'
import { refundShape, type Payment, type Refund } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { parseMoney } from '../../input/money.ts'
import { printOutcome } from './outcome.ts'

interface Options {
  amount: string
  reason: string
  wait?: boolean
  idempotencyKey?: string
}

export const about: About = {
  summary: 'Refund a part of what an order cost, as goodwill',
  changesThings: true,
  prints: refundShape,
  samples: [{ args: 'ORDER --amount 0.01 --reason late', callers: [4, 1, 4, 0, 4] }],
}

export const command: Make = ready =>
  new Command('create')
    .description('Refund a part of what an order cost, as goodwill: nothing is cancelled or returned')
    .argument('<order-id>')
    .requiredOption('--amount <amount>', 'in the currency of the order, at most what is left of its payment')
    .requiredOption('--reason <text>', 'why; operators see it, the customer does not')
    .option('-w, --wait', 'wait until the provider has given or declined it')
    .option('--idempotency-key <key>', 'do it only once, even if this command is repeated')
    .addHelpText(
      'after',
      `
Example:
  $ mgmt refunds create 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23 --amount 5.00 --reason "arrived a week late"

Without --wait, the provider is asked in the background: mgmt refunds show tells how it went. Cancelled lines and
returned goods are refunded by themselves. Exit status with --wait: 0 given, 3 declined, 124 timed out.`,
    )
    .action(async (orderId: string, { amount, reason, wait, idempotencyKey = randomUUID() }: Options) => {
      const mgmt = await ready()
      const id = encodeURIComponent(orderId)
      const { currency } = await mgmt.api.get<Payment>('payment', `/payments/${id}`)
      const refund = await sendOnce<Refund>(mgmt, {
        service: 'payment',
        path: `/orders/${id}/refunds`,
        body: { amount: parseMoney(amount, currency), reason },
        key: idempotencyKey,
        unknown: 'whether the refund was created',
      })
      await printOutcome(mgmt, refund, wait)
    })
