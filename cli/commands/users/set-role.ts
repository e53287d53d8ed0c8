import { Argument, Command } from 'commander'
import type { About, Make } from '../../command.ts'
import { reasonFrom, withReason, type ReasonOptions } from '../../input/reason.ts'
import { renderAccount } from '../../render/item.ts'
import { changeUser } from './named.ts'
import { roles, type Role } from '@docket/contract/terms.ts'

export const about: About = {
  summary: 'Make a user an operator, an observer, or a customer again',
  changesThings: true,
  prints: { id: 'string', username: 'string', role: 'string', 'disabled?': 'boolean' },
  samples: [{ args: 'USERNAME customer --reason moved', callers: 'operators' }],
}

export const command: Make = ready =>
  withReason(
    new Command('set-role')
      .description('Make a user an operator, an observer, or a customer again; for operators')
      .argument('<username>')
      .addArgument(new Argument('<role>').choices(roles)),
  )
    .addHelpText('after', '\nExample:\n  $ mgmt users set-role ada operator --reason "joined the night shift"')
    .action(async (username: string, role: Role, options: ReasonOptions) => {
      const mgmt = await ready()
      const reason = await reasonFrom(mgmt, options)
      const change = { method: 'PATCH', body: { role, reason }, unknown: 'whether the role was changed' } as const
      await mgmt.print(await changeUser(mgmt, username, change), renderAccount)
    })
