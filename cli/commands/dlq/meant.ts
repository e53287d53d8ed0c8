import type { StoredDeadLetter } from '@docket/kafka/dead-letter-queue.ts'
import { isMeant } from '../../input/confirm.ts'
import { shownLetter } from '../../events/dead-letter-list.ts'
import type { Mgmt } from '../../mgmt.ts'
import { renderLetters } from '../../render/dead-letter.ts'

/** Asks for confirmation, unless there is nothing to do; `words` depend on the number of letters. */
export async function areMeant(
  mgmt: Mgmt,
  letters: readonly StoredDeadLetter[],
  options: { dryRun?: boolean; yes?: boolean },
  words: (letters: string) => { would: string; nothing: string; question: string },
): Promise<boolean> {
  if (letters.length === 0) return false
  const what = `${letters.length} ${letters.length === 1 ? 'dead letter' : 'dead letters'}`
  return isMeant(mgmt, options, words(what), () => mgmt.note(look => renderLetters(letters.map(shownLetter), look)))
}
