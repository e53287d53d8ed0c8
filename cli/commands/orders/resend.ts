import { Command } from 'commander'
import { isFinal } from '../../client/shapes.ts'
import { exit, Failure } from '../../failure.ts'
import type { About, Make } from '../../command.ts'
import { withOptionalReason, type ReasonOptions } from '../../input/reason.ts'
import { resendAll } from '../../orders/resend.ts'
import { orderOf } from '../../orders/selection.ts'
import { renderResent } from '../../render/resent.ts'
import { either } from '../../shape.ts'

export const about: About = {
  summary: 'Publish the last events of an order again',
  changesThings: true,
  prints: [
    {
      service: 'string',
      event: either({ type: 'string', id: 'string', sequence: 'integer', time: 'string' }, 'null'),
      'error?': 'string',
    },
  ],
  samples: [{ args: 'ORDER --force', callers: [4, 1, 1, 0, 1] }],
}

export const command: Make = ready =>
  withOptionalReason(
    new Command('resend')
      .description('Have each service publish its last event about an order again, after Kafka has lost one')
      .argument('<order-id>'),
  )
    .option('--force', 'also when the order is final')
    .addHelpText(
      'after',
      `
Example:
  $ mgmt orders resend 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23
Needed when retention has deleted an event before its consumer has handled it. The events keep their id, sequence and
data; a consumer that has handled one ignores it. Exit status: 0 every service was asked, 1 one could not be asked.`,
    )
    .action(async (id: string, { force, reason }: ReasonOptions & { force?: boolean }) => {
      const mgmt = await ready()
      const order = await orderOf(mgmt, id)
      if (isFinal(order) && !force)
        throw new Failure(`Order ${id} is ${order.status}: it waits for no event.`, {
          code: 'order_is_final',
          next: `to publish its last events anyway: mgmt orders resend ${id} --force`,
        })
      const resent = await resendAll(mgmt, id, reason)
      await mgmt.print(resent, renderResent)
      if (resent.some(({ error }) => error !== undefined)) mgmt.exitWith(exit.failed)
    })
