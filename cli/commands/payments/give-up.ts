import { Command } from 'commander'
import type { About, Make } from '../../command.ts'
import { reasonFrom, withReason, type ReasonOptions } from '../../input/reason.ts'
import { renderPayment } from '../../render/payment.ts'
import { release } from './release.ts'
import { paymentShape } from '../../client/shapes.ts'

export const about: About = {
  summary: 'End a stuck payment without charging it again',
  changesThings: true,
  prints: paymentShape,
  samples: [{ args: 'ORDER --reason lost', callers: [4, 4, 4, 1, 4] }],
}

export const command: Make = ready =>
  withReason(
    new Command('give-up')
      .description('End a stuck payment: look it up at the provider, and never charge it again')
      .argument('<order-id>', 'whose payment; mgmt payments list --stuck shows them'),
  )
    .option('--idempotency-key <key>', 'do it only once, even if this command is repeated')
    .addHelpText(
      'after',
      `
Example:
  $ mgmt payments give-up 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23

What the provider has captured counts: the order goes on, or gets its money back when it was cancelled. Otherwise the
payment fails, reason given_up, up to a minute later: an earlier charge may still arrive.`,
    )
    .action(async (id: string, { idempotencyKey, ...why }: ReasonOptions & { idempotencyKey?: string }) => {
      const mgmt = await ready()
      await mgmt.print(await release(mgmt, id, 'give-up', idempotencyKey, await reasonFrom(mgmt, why)), renderPayment)
    })
