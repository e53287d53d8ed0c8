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
import type { About, Make } from '../../command.ts'
import { reasonFrom, type ReasonOptions } from '../../input/reason.ts'
import { renderLetters } from '../../render/dead-letter.ts'
import { withFilter } from './list.ts'
import { areMeant } from './meant.ts'

interface Options extends LetterFilter, ReasonOptions {
  all?: boolean
  dryRun?: boolean
  yes?: boolean
}

export const about: About = {
  summary: 'Dismiss dead letters that need no redrive',
  changesThings: true,
  prints: [letterShape],
  samples: [{ args: '--all --dry-run', needs: 'kafka', callers: 'everybody' }],
}

export const command: Make = ready =>
  withFilter(new Command('dismiss'))
    .description(
      'Dismiss dead letters that need no redrive because nothing is lost with them, such as a record that was never an event',
    )
    .argument('[id...]', 'as mgmt dlq list shows them; or choose by the options below')
    .option('--all', 'all that wait')
    .option('--dry-run', 'only show what would be dismissed')
    .option('-y, --yes', 'do it, without asking')
    .option('--reason <text>', 'why, for those who read the audit; a terminal asks for it, except with --yes')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt dlq dismiss payment-events/17\n  $ mgmt dlq dismiss --topic payment-events --older-than 30d --dry-run\n\nIt shows what it would dismiss, and does so only after a yes. Dismissed dead letters are shown by mgmt dlq list --all, and can still be\nredriven by id.',
    )
    .action(async (ids: string[], options: Options) => {
      const mgmt = await ready()
      const letters = chosenLetters(await lettersOf(mgmt), ids, options)
      const words = (what: string) => ({
        would: `${what} would be dismissed.`,
        nothing: 'Nothing was done',
        question: `Dismiss ${what}?`,
      })
      if (!(await areMeant(mgmt, letters, options, words)))
        return void (await mgmt.print(letters.map(shownLetter), renderLetters, letterFields))
      const worked = await workOn(
        mgmt,
        'dismiss',
        letters,
        options.yes ? options.reason : await reasonFrom(mgmt, options),
      )
      noteSkipped(mgmt, 'dismiss', worked)
      await mgmt.print(
        worked.done.map(letter => ({ ...shownLetter(letter), state: 'dismissed' as const })),
        renderLetters,
        letterFields,
      )
    })
