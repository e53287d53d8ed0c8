import { Command } from 'commander'
import type { About, Make } from '../../command.ts'
import { reasonFrom, withReason, type ReasonOptions } from '../../input/reason.ts'
import { renderAccount } from '../../render/item.ts'
import { changeUser } from './named.ts'
import { accountShape } from '../../client/shapes.ts'

export const about: About = {
  summary: 'Let a user log in no more',
  changesThings: true,
  prints: accountShape,
  samples: [{ args: 'USERNAME --reason gone', callers: 'operators' }],
}

export const command: Make = ready =>
  withReason(
    new Command('disable')
      .description('Disable a user: no more logins, and every session ends; for operators')
      .argument('<username>'),
  )
    .addHelpText('after', '\nExample:\n  $ mgmt users disable ada --reason "left the company"')
    .action(async (username: string, options: ReasonOptions) => {
      const mgmt = await ready()
      const reason = await reasonFrom(mgmt, options)
      const change = { below: '/disable', body: { reason }, unknown: 'whether the user was disabled' }
      await mgmt.print(await changeUser(mgmt, username, change), renderAccount)
    })
