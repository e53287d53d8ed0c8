import { Command } from 'commander'
import type { About, Make } from '../../command.ts'
import { statusOf, steps, waitingLine } from '../../orders/follow.ts'
import { orderOf } from '../../orders/selection.ts'
import { renderStep } from '../../render/order.ts'
import { stepFields, stepShape, type TimelineEntry } from '../../client/shapes.ts'

export const about: About = {
  summary: 'Watch an order until it ends',
  prints: [stepShape],
  samples: [{ args: 'ORDER', expects: 3, callers: 'owners' }],
}

export const command: Make = ready =>
  new Command('watch')
    .description('Watch an order until it ends; the exit status says whether it was fulfilled')
    .argument('<order-id>')
    .addHelpText(
      'after',
      '\nExample:\n  $ mgmt orders watch 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23 -o jsonl\n\nExit status: 0 completed, 3 rejected or cancelled, 124 timed out.',
    )
    .action(async (id: string) => {
      const mgmt = await ready()
      let before: TimelineEntry | undefined
      mgmt.openLines(stepFields)
      const waiting = waitingLine(mgmt)
      for await (const entry of steps(id, mgmt)) {
        const previous = before
        await mgmt.printLine(entry, (step, look) => renderStep(step, previous, look))
        before = entry
        waiting.after(entry)
      }
      waiting.end()
      mgmt.exitWith(statusOf(await orderOf(mgmt, id)))
    })
