import { Argument, Command } from 'commander'
import type { Make } from '../../mgmt.ts'
import { renderAccount } from '../../render/item.ts'
import { changeUser } from './named.ts'
import { roles } from '@docket/contract/terms.ts'

export const setRole: Make = ready =>
  new Command('set-role')
    .description('Make a user an operator, an observer, or a customer again; for operators')
    .argument('<username>')
    .addArgument(new Argument('<role>').choices(roles))
    .addHelpText('after', '\nExample:\n  $ mgmt users set-role ada operator')
    .action(async (username: string, role: string) => {
      const mgmt = await ready()
      const change = { method: 'PATCH', body: { role }, unknown: 'whether the role was changed' } as const
      await mgmt.print(await changeUser(mgmt, username, change), renderAccount)
    })
