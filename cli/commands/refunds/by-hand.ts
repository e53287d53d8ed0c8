import { Command } from 'commander'
import { refundShape } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { reasonFrom, withReason, type ReasonOptions } from '../../input/reason.ts'
import { renderRefund } from '../../render/refund.ts'
import { decide } from './decide.ts'

export const about: About = {
  summary: 'Note that a failed refund was given without the provider',
  changesThings: true,
  prints: refundShape,
  samples: [{ args: '01981b2c-7f00-7c32-8e61-4d8f1a2b3c45 --reason cheque', callers: [4, 4, 4, 1, 4] }],
}

export const command: Make = ready =>
  withReason(
    new Command('by-hand')
      .description(
        'Note that a failed refund was given without the provider, such as by bank transfer; it is not tried again',
      )
      .argument('<refund-id>', 'mgmt refunds list --status failed shows them'),
  )
    .option('--idempotency-key <key>', 'do it only once, even if this command is repeated')
    .addHelpText('after', '\nExample:\n  $ mgmt refunds by-hand 01981b2c-8000-7d43-9f72-5e901b2c3d56')
    .action(async (id: string, { idempotencyKey, ...why }: ReasonOptions & { idempotencyKey?: string }) => {
      const mgmt = await ready()
      await mgmt.print(await decide(mgmt, id, 'by-hand', idempotencyKey, await reasonFrom(mgmt, why)), renderRefund)
    })
