import { Argument, Command } from 'commander'
import { sendOnce } from '../../client/once.ts'
import type { Make } from '../../mgmt.ts'
import { renderAccount } from '../../render/item.ts'
import type { Account } from '../../client/shapes.ts'
import { userNamed } from './named.ts'

export const setRole: Make = ready =>
  new Command('set-role')
    .description('Make a user an operator, an observer, or a customer again; for operators')
    .argument('<username>')
    .addArgument(new Argument('<role>').choices(['customer', 'observer', 'operator']))
    .addHelpText('after', '\nExample:\n  $ mgmt users set-role ada operator')
    .action(async (username: string, role: string) => {
      const mgmt = await ready()
      const { id } = await userNamed(mgmt, username)
      await mgmt.print(
        await sendOnce<Account>(mgmt, {
          service: 'user',
          method: 'PATCH',
          path: `/users/${id}`,
          body: { role },
          unknown: 'whether the role was changed',
        }),
        renderAccount,
      )
    })
