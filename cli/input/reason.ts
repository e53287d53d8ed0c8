import type { Command } from 'commander'
import type { Mgmt } from '../mgmt.ts'
import { promptFor } from './prompt.ts'

export interface ReasonOptions {
  reason?: string
}

export const withReason = (command: Command) =>
  command.option('--reason <text>', 'why, for those who read the audit; a terminal asks for it')

/** For acts that explain themselves more often than not. */
export const withOptionalReason = (command: Command) =>
  command.option('--reason <text>', 'why, for those who read the audit')

/** Asked for at a terminal. A script goes on without one, as those of the release before do. */
export async function reasonFrom(mgmt: Mgmt, { reason }: ReasonOptions): Promise<string | undefined> {
  if (reason !== undefined || !mgmt.interactive) return reason
  const why = await promptFor(mgmt, {
    type: 'input',
    message: 'Why?',
    validate: (text: string) => text.trim() !== '' || 'A few words for those who read the audit.',
  })
  return why.trim()
}
