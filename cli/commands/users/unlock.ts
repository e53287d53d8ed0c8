import { Command } from 'commander'
import type { Make } from '../../mgmt.ts'
import { renderAccount } from '../../render/item.ts'
import { changeUser } from './named.ts'

export const unlock: Make = ready =>
  new Command('unlock')
    .description('Let a user log in again whose name is locked after wrong passwords; for operators')
    .argument('<username>')
    .addHelpText('after', '\nExample:\n  $ mgmt users unlock ada')
    .action(async (username: string) => {
      const mgmt = await ready()
      const change = { below: '/unlock', unknown: 'whether the name was unlocked' }
      await mgmt.print(await changeUser(mgmt, username, change), renderAccount)
    })
