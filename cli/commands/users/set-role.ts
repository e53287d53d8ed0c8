import { Argument, Command } from 'commander'
import { sendOnce } from '../../client/once.ts'
import type { Make } from '../../mgmt.ts'
import { exit, Failure } from '../../failure.ts'
import { renderUser } from '../../render/item.ts'
import type { User } from '../../client/shapes.ts'

export const setRole: Make = ready =>
  new Command('set-role')
    .description('Make a user an operator, or a customer again; for operators')
    .argument('<username>')
    .addArgument(new Argument('<role>').choices(['customer', 'operator']))
    .addHelpText('after', '\nExample:\n  $ mgmt users set-role ada operator')
    .action(async (username: string, role: string) => {
      const mgmt = await ready()
      const user = (await mgmt.api.list<User>('user', '/users', { search: username.toLowerCase() }, 1_000)).find(
        one => one.username === username.toLowerCase(),
      )
      if (!user)
        throw new Failure(`There is no user ${username}.`, {
          status: exit.failed,
          code: 'not_found',
          next: 'see: mgmt users list',
        })
      const change = { service: 'user', method: 'PATCH', path: `/users/${user.id}`, body: { role } } as const
      await mgmt.print(await sendOnce<User>(mgmt, { ...change, unknown: 'whether the role was changed' }), renderUser)
    })
