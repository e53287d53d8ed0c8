import { Command } from 'commander'
import { sendOnce } from '../../client/once.ts'
import type { Make } from '../../mgmt.ts'
import { renderAccount } from '../../render/item.ts'
import type { Account } from '../../client/shapes.ts'
import { userNamed } from './named.ts'

export const disable: Make = ready =>
  new Command('disable')
    .description('Let a user log in no more: every session of the user ends; for operators')
    .argument('<username>')
    .addHelpText('after', '\nExample:\n  $ mgmt users disable ada')
    .action(async (username: string) => {
      const mgmt = await ready()
      const { id } = await userNamed(mgmt, username)
      const change = {
        service: 'user',
        path: `/users/${id}/disable`,
        unknown: 'whether the user was disabled',
      } as const
      await mgmt.print(await sendOnce<Account>(mgmt, change), renderAccount)
    })
