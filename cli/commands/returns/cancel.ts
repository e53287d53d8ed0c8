import { randomUUID } from 'node:crypto'
import { Command } from 'commander'
import { sendOnce } from '../../client/once.ts'
import { returnShape, type Return } from '../../client/shapes.ts'
import type { About, Make } from '../../command.ts'
import { withOptionalReason, type ReasonOptions } from '../../input/reason.ts'
import { renderReturn } from '../../render/return.ts'

export const about: About = {
  summary: 'End a return whose goods never come',
  changesThings: true,
  prints: returnShape,
  samples: [{ args: 'ORDER', callers: [4, 1, 4, 1, 1] }],
}

export const command: Make = ready =>
  withOptionalReason(
    new Command('cancel')
      .description('End a return whose goods never come; undeliverable goods then count as lost, and are refunded')
      .argument('<return-id>'),
  )
    .option('--idempotency-key <key>', 'do it only once, even if this command is repeated')
    .addHelpText('after', '\nExample:\n  $ mgmt returns cancel 01981b2c-9a00-7c32-8e61-4d8f1a2b3c45')
    .action(
      async (id: string, { reason, idempotencyKey = randomUUID() }: ReasonOptions & { idempotencyKey?: string }) => {
        const mgmt = await ready()
        const ended = await sendOnce<Return>(mgmt, {
          service: 'shipping',
          path: `/returns/${encodeURIComponent(id)}/cancel`,
          body: { reason },
          key: idempotencyKey,
          unknown: `whether the return ${id} was ended`,
        })
        await mgmt.print(ended, renderReturn)
      },
    )
