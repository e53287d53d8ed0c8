import { Command } from 'commander'
import {
  isWaiting,
  letterFields,
  letterShape,
  lettersOf,
  matches,
  shownLetter,
  type LetterFilter,
} from '../../events/dead-letter-list.ts'
import type { About, Make } from '../../command.ts'
import { renderLetters } from '../../render/dead-letter.ts'

/** The options by which dead letters are chosen, the same for each command. */
export const withFilter = (command: Command) =>
  command
    .option('--topic <topic>', 'only those of this topic, such as order-events')
    .option('--type <type>', 'only events of this type, such as order.accepted')
    .option('--order <id>', 'only events about this order: its id, or the end of its id')
    .option('--older-than <duration>', 'only those at least this old, such as 1h')
    .option('--newer-than <duration>', 'only those at most this old')

export const about: About = {
  summary: 'List dead letters: events that a service could not handle',
  prints: [letterShape],
  samples: [{ args: '--all', needs: 'kafka', callers: 'everybody' }],
}

export const command: Make = ready =>
  withFilter(new Command('list'))
    .description('List waiting dead letters: events that a service could not handle')
    .option('--all', 'also those that were sent again or dismissed')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt dlq list\n  $ mgmt dlq list --topic order-events --older-than 1h -o jsonl',
    )
    .action(async ({ all, ...filter }: LetterFilter & { all?: boolean }) => {
      const mgmt = await ready()
      const wanted = matches(filter, new Date())
      const letters = (await lettersOf(mgmt)).filter(letter => wanted(letter) && (all || isWaiting(letter)))
      await mgmt.print(letters.map(shownLetter), renderLetters, letterFields)
    })
