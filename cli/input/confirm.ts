import type { Mgmt } from '../mgmt.ts'
import { promptFor } from './prompt.ts'

/**
 * Confirmed by --yes, or by a yes at the terminal. Without a terminal it prints what would be done, so that no script
 * hangs.
 */
export async function isMeant(
  mgmt: Mgmt,
  { dryRun, yes }: { dryRun?: boolean; yes?: boolean },
  what: { would: string; nothing: string; question: string },
  show: () => void,
): Promise<boolean> {
  if (yes && !dryRun) return true
  if (dryRun || !mgmt.interactive) {
    mgmt.note(`${what.would} ${what.nothing}${dryRun ? '.' : ': add --yes to do it.'}`)
    return false
  }
  show()
  return promptFor(mgmt, { type: 'confirm', message: what.question, default: false })
}
