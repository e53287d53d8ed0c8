import { Command } from 'commander'
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
      await mgmt.print(await mgmt.api.send<Account>('user', 'POST', `/users/${id}/unlock`), renderAccount)
    })
