import { Command } from 'commander'
import { sendOnce } from '../../client/once.ts'
import type { Make } from '../../mgmt.ts'
import { renderAccount } from '../../render/item.ts'
import type { Account } from '../../client/shapes.ts'
import { userNamed } from './named.ts'

export const enable: Make = ready =>
  new Command('enable')
    .description('Let a user log in again; for operators')
    .argument('<username>')
    .addHelpText('after', '\nExample:\n  $ mgmt users enable ada')
    .action(async (username: string) => {
      const mgmt = await ready()
      const { id } = await userNamed(mgmt, username)
      const change = { service: 'user', path: `/users/${id}/enable`, unknown: 'whether the user was enabled' } as const
      await mgmt.print(await sendOnce<Account>(mgmt, change), renderAccount)
    })
