import { Command } from 'commander'
import { sendOnce } from '../../client/once.ts'
import type { Make } from '../../mgmt.ts'
import { renderAccount } from '../../render/item.ts'
import type { Account } from '../../client/shapes.ts'
import { userNamed } from './named.ts'

export const unlock: Make = ready =>
  new Command('unlock')
    .description('Let a user log in again whose name is locked after wrong passwords; for operators')
    .argument('<username>')
    .addHelpText('after', '\nExample:\n  $ mgmt users unlock ada')
    .action(async (username: string) => {
      const mgmt = await ready()
      const { id } = await userNamed(mgmt, username)
      const change = { service: 'user', path: `/users/${id}/unlock`, unknown: 'whether the name was unlocked' } as const
      await mgmt.print(await sendOnce<Account>(mgmt, change), renderAccount)
    })
