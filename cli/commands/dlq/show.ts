import { Command } from 'commander'
import { lettersOf, namedBy, shownLetter } from '../../events/dead-letter-list.ts'
import type { Make } from '../../mgmt.ts'
import { renderLetter } from '../../render/dead-letter.ts'
import { toShownEvent } from '../../events/shown-event.ts'

export const show: Make = ready =>
  new Command('show')
    .description('Show one dead letter: the event, and why it could not be handled')
    .argument('<id>', 'as mgmt dlq list shows it, such as order-events/17')
    .addHelpText('after', '\nExample:\n  $ mgmt dlq show order-events/17')
    .action(async (id: string) => {
      const mgmt = await ready()
      for (const letter of namedBy([id], await lettersOf(mgmt))) {
        await mgmt.print({ letter: shownLetter(letter), event: toShownEvent(letter.record) }, renderLetter)
      }
    })
