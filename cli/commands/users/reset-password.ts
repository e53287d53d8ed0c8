import { Command } from 'commander'
import { sendOnce } from '../../client/once.ts'
import type { Make } from '../../mgmt.ts'
import { renderOneUsePassword } from '../../render/item.ts'
import type { OneUsePassword } from '../../client/shapes.ts'
import { userNamed } from './named.ts'

export const resetPassword: Make = ready =>
  new Command('reset-password')
    .description('Give a user a password for one use, printed once: to choose a new one; for operators')
    .argument('<username>')
    .addHelpText(
      'after',
      '\nExample:\n  $ mgmt users reset-password ada\n\nEvery session of the user ends. With that password mgmt login asks for a new one.',
    )
    .action(async (username: string) => {
      const mgmt = await ready()
      const { id } = await userNamed(mgmt, username)
      const unknown = 'whether there is another password'
      const change = { service: 'user', path: `/users/${id}/reset-password`, unknown } as const
      await mgmt.print(await sendOnce<OneUsePassword>(mgmt, change), renderOneUsePassword)
    })
