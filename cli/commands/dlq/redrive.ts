import { Command } from 'commander'
import {
  chosenLetters,
  letterFields,
  letterShape,
  lettersOf,
  shownLetter,
  type LetterFilter,
} from '../../events/dead-letter-list.ts'
import { noteSkipped, workOn } from '../../events/dead-letter-work.ts'
import { exit } from '../../failure.ts'
import type { About, Make } from '../../command.ts'
import { withOptionalReason, type ReasonOptions } from '../../input/reason.ts'
import { renderLetters } from '../../render/dead-letter.ts'
import { withFilter } from './list.ts'
import { areMeant } from './meant.ts'

interface Options extends LetterFilter, ReasonOptions {
  all?: boolean
  again?: boolean
  force?: boolean
  dryRun?: boolean
  yes?: boolean
}

export const about: About = {
  summary: 'Send dead letters to their topics again',
  changesThings: true,
  prints: [letterShape],
  samples: [{ args: '--all --dry-run', needs: 'kafka', callers: 'everybody' }],
}

export const command: Make = ready =>
  withOptionalReason(withFilter(new Command('redrive')))
    .description('Send dead letters to their topics again, once the cause is fixed')
    .argument('[id...]', 'as mgmt dlq list shows them; or choose by the options below')
    .option('--all', 'all that wait')
    .option('--again', 'also those that were sent again or dismissed already')
    .option('--force', 'also those that break the contract of events')
    .option('--dry-run', 'only show what would be sent')
    .option('-y, --yes', 'do it, without asking')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt dlq redrive order-events/17\n  $ mgmt dlq redrive --type order.accepted --yes\n\nIt shows what it would send, and asks first. Sending twice does no harm: every service recognizes duplicates.',
    )
    .action(async (ids: string[], options: Options) => {
      const mgmt = await ready()
      const chosen = chosenLetters(await lettersOf(mgmt), ids, options)
      const hopeless = options.force ? [] : chosen.filter(letter => letter.breaksContract !== null)
      const letters = chosen.filter(letter => !hopeless.includes(letter))
      for (const letter of hopeless)
        mgmt.note(
          `${letter.id} is left: ${letter.breaksContract}. It would come back unchanged; --force sends it anyway, mgmt dlq dismiss drops it from the list.`,
        )
      const renderSent: typeof renderLetters = (shown, look) =>
        shown.length === 0 && chosen.length > 0 ? 'none is sent again' : renderLetters(shown, look)
      const words = (what: string) => ({
        would: `${what} would be sent again.`,
        nothing: 'Nothing was sent',
        question: `Send ${what} again?`,
      })
      if (!(await areMeant(mgmt, letters, options, words)))
        return void (await mgmt.print(letters.map(shownLetter), renderSent, letterFields))
      const worked = await workOn(mgmt, 'redrive', letters, options.reason)
      const { done: sent, gone } = worked
      for (const { id, topic, partition, offset } of gone)
        mgmt.note(
          `${id} was not sent: its record, ${topic}/${partition} at ${offset}, has gone from the topic ` +
            '(retention, or the topic was made again).',
        )
      noteSkipped(mgmt, 'redrive', worked)
      await mgmt.print(
        sent.map(letter => ({ ...shownLetter(letter), state: 'redriven' as const })),
        renderSent,
        letterFields,
      )
      if (gone.length > 0) mgmt.exitWith(exit.failed)
      mgmt.note(`${sent.length} sent again. What fails once more comes back: mgmt dlq list`)
    })
