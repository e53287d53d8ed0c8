import { Command } from 'commander'
import type { About, Make } from '../../command.ts'
import { withOptionalReason, type ReasonOptions } from '../../input/reason.ts'
import { renderAccount } from '../../render/item.ts'
import { changeUser } from './named.ts'
import { accountShape } from '../../client/shapes.ts'

export const about: About = {
  summary: 'Let a user log in again after wrong passwords',
  changesThings: true,
  prints: accountShape,
  samples: [{ args: 'USERNAME', callers: 'operators' }],
}

export const command: Make = ready =>
  withOptionalReason(
    new Command('unlock')
      .description('Unlock a user after too many wrong passwords; for operators')
      .argument('<username>'),
  )
    .addHelpText('after', '\nExample:\n  $ mgmt users unlock ada')
    .action(async (username: string, { reason }: ReasonOptions) => {
      const mgmt = await ready()
      const change = { below: '/unlock', body: { reason }, unknown: 'whether the name was unlocked' }
      await mgmt.print(await changeUser(mgmt, username, change), renderAccount)
    })
