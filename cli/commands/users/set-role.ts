import { Argument, Command } from 'commander'
import type { About, Make } from '../../command.ts'
import { renderAccount } from '../../render/item.ts'
import { changeUser } from './named.ts'
import { roles, type Role } from '@docket/contract/terms.ts'

export const about: About = {
  summary: 'Make a user an operator, an observer, or a customer again',
  changesThings: true,
  prints: { id: 'string', username: 'string', role: 'string', 'disabled?': 'boolean' },
  samples: [{ args: 'USERNAME customer', callers: 'operators' }],
}

export const command: Make = ready =>
  new Command('set-role')
    .description('Make a user an operator, an observer, or a customer again; for operators')
    .argument('<username>')
    .addArgument(new Argument('<role>').choices(roles))
    .addHelpText('after', '\nExample:\n  $ mgmt users set-role ada operator')
    .action(async (username: string, role: Role) => {
      const mgmt = await ready()
      const change = { method: 'PATCH', body: { role }, unknown: 'whether the role was changed' } as const
      await mgmt.print(await changeUser(mgmt, username, change), renderAccount)
    })
