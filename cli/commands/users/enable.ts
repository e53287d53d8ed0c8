import { Command } from 'commander'
import type { About, Make } from '../../command.ts'
import { withOptionalReason, type ReasonOptions } from '../../input/reason.ts'
import { renderAccount } from '../../render/item.ts'
import { changeUser } from './named.ts'
import { accountShape } from '../../client/shapes.ts'

export const about: About = {
  summary: 'Let a user log in again',
  changesThings: true,
  prints: accountShape,
  samples: [{ args: 'USERNAME', callers: 'operators' }],
}

export const command: Make = ready =>
  withOptionalReason(new Command('enable').description('Enable a disabled user; for operators').argument('<username>'))
    .addHelpText('after', '\nExample:\n  $ mgmt users enable ada')
    .action(async (username: string, { reason }: ReasonOptions) => {
      const mgmt = await ready()
      const change = { below: '/enable', body: { reason }, unknown: 'whether the user was enabled' }
      await mgmt.print(await changeUser(mgmt, username, change), renderAccount)
    })
