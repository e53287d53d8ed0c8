import { Command } from 'commander'
import { refundShape } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { withOptionalReason, type ReasonOptions } from '../../input/reason.ts'
import { decide } from './decide.ts'
import { printOutcome } from './outcome.ts'

export const about: About = {
  summary: 'Try a failed refund again',
  changesThings: true,
  prints: refundShape,
  samples: [{ args: '01981b2c-7f00-7c32-8e61-4d8f1a2b3c45', callers: [4, 4, 4, 1, 4] }],
}

export const command: Make = ready =>
  withOptionalReason(
    new Command('retry')
      .description('Try a failed refund again, as another request to the provider')
      .argument('<refund-id>', 'mgmt refunds list --status failed shows them'),
  )
    .option('-w, --wait', 'wait until the provider has given or declined it')
    .option('--idempotency-key <key>', 'do it only once, even if this command is repeated')
    .addHelpText(
      'after',
      '\nExample:\n  $ mgmt refunds retry 01981b2c-8000-7d43-9f72-5e901b2c3d56 --wait\n\nExit status with --wait: 0 given, 3 declined again, 124 timed out.',
    )
    .action(
      async (
        id: string,
        { wait, reason, idempotencyKey }: ReasonOptions & { wait?: boolean; idempotencyKey?: string },
      ) => {
        const mgmt = await ready()
        await printOutcome(mgmt, await decide(mgmt, id, 'retry', idempotencyKey, reason), wait)
      },
    )
