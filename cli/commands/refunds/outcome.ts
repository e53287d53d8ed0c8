import { polled } from '../../client/polled.ts'
import type { Refund } from '../../client/shapes.ts'
import { exit } from '../../failure.ts'
import type { Mgmt } from '../../mgmt.ts'
import { renderRefund } from '../../render/refund.ts'

/** With `wait`, when the provider has given or declined it. */
export async function printOutcome(mgmt: Mgmt, refund: Refund, wait = false): Promise<void> {
  if (!wait) return mgmt.print(refund, renderRefund)
  const after = await polled<Refund>(
    mgmt,
    { service: 'payment', path: `/refunds/${refund.id}`, isDecided: ({ status }) => status !== 'due' },
    {
      truth: `Refund ${refund.id} was created, and is given by itself.`,
      next: `see what becomes of it with: mgmt refunds show ${refund.id}`,
    },
  )
  await mgmt.print(after, renderRefund)
  if (after.status === 'failed') mgmt.exitWith(exit.notFulfilled)
}
