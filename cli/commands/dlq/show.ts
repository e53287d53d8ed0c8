import { Command } from 'commander'
import { letterShape, lettersOf, namedBy, shownLetter } from '../../events/dead-letter-list.ts'
import { personalSight } from '../../events/personal-sight.ts'
import type { About, Make } from '../../command.ts'
import { withOptionalReason, type ReasonOptions } from '../../input/reason.ts'
import { renderLetter } from '../../render/dead-letter.ts'
import { eventShape, toShownEvent } from '../../events/shown-event.ts'

export const about: About = {
  summary: 'Show one dead letter, and why it could not be handled',
  prints: { letter: letterShape, event: eventShape },
  samples: [{ args: 'LETTER', needs: 'kafka', callers: [2, 2, 2, 2, 2] }],
}

interface Options extends ReasonOptions {
  personal?: boolean
}

export const command: Make = ready =>
  withOptionalReason(new Command('show'))
    .description('Show one dead letter: the event, and why it could not be handled')
    .argument('<id>', 'as mgmt dlq list shows it, such as order-events/17')
    .option('--personal', 'show names and addresses too: for operators, and recorded for others to see')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt dlq show order-events/17\n  $ mgmt dlq show order-events/17 --personal',
    )
    .action(async (id: string, { personal, reason }: Options) => {
      const mgmt = await ready()
      for (const letter of namedBy([id], await lettersOf(mgmt))) {
        if (personal) await personalSight(mgmt, letter, reason) // nothing is shown if this fails
        const event = toShownEvent(letter.record, personal ? 'personal' : undefined)
        await mgmt.print({ letter: shownLetter(letter), event }, renderLetter)
      }
    })
