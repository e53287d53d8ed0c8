import { Command } from 'commander'
import { letterShape, lettersOf, namedBy, shownLetter } from '../../events/dead-letter-list.ts'
import type { About, Make } from '../../command.ts'
import { renderLetter } from '../../render/dead-letter.ts'
import { eventShape, toShownEvent } from '../../events/shown-event.ts'

export const about: About = {
  summary: 'Show one dead letter, and why it could not be handled',
  prints: { letter: letterShape, event: eventShape },
  samples: [{ args: 'LETTER', needs: 'kafka', callers: [2, 2, 2, 2, 2] }],
}

export const command: Make = ready =>
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
