import { Command } from 'commander'
import type { About, Make } from '../../command.ts'
import { withOptionalReason, type ReasonOptions } from '../../input/reason.ts'
import { renderPayment } from '../../render/payment.ts'
import { release } from './release.ts'
import { paymentShape } from '../../client/shapes.ts'

export const about: About = {
  summary: 'Try a stuck payment again',
  changesThings: true,
  prints: paymentShape,
  samples: [{ args: 'ORDER', callers: [4, 4, 4, 1, 4] }],
}

export const command: Make = ready =>
  withOptionalReason(
    new Command('retry')
      .description('Try a stuck payment again')
      .argument('<order-id>', 'whose payment; mgmt payments list --stuck shows them'),
  )
    .option('--idempotency-key <key>', 'do it only once, even if this command is repeated')
    .addHelpText('after', '\nExample:\n  $ mgmt payments retry 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23')
    .action(async (id: string, { reason, idempotencyKey }: ReasonOptions & { idempotencyKey?: string }) => {
      const mgmt = await ready()
      await mgmt.print(await release(mgmt, id, 'retry', idempotencyKey, reason), renderPayment)
    })
