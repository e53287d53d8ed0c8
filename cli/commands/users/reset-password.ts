import { Command } from 'commander'
import { exit, Failure } from '../../failure.ts'
import { wasUnread } from '../../output.ts'
import type { About, Make } from '../../command.ts'
import { reasonFrom, withReason, type ReasonOptions } from '../../input/reason.ts'
import { renderOneUsePassword } from '../../render/item.ts'
import type { OneUsePassword } from '../../client/shapes.ts'
import { changeUser } from './named.ts'

export const about: About = {
  summary: 'Give a user a password for one use',
  changesThings: true,
  prints: {
    id: 'string',
    username: 'string',
    role: 'string',
    disabled: 'boolean',
    password: 'string',
    hours: 'number',
  },
  samples: [{ args: 'USERNAME --reason forgotten', callers: 'operators' }],
}

export const command: Make = ready =>
  withReason(
    new Command('reset-password')
      .description('Reset the password of a user: print a one-time password for choosing a new one; for operators')
      .argument('<username>'),
  )
    .addHelpText(
      'after',
      '\nExample:\n  $ mgmt users reset-password ada --reason "forgotten; called back"\n\nEvery session of the user ends. With that password mgmt login asks for a new one.',
    )
    .action(async (username: string, options: ReasonOptions) => {
      const mgmt = await ready()
      const reason = await reasonFrom(mgmt, options)
      const change = { below: '/reset-password', body: { reason }, unknown: 'whether there is another password' }
      await mgmt.print(await changeUser<OneUsePassword>(mgmt, username, change), renderOneUsePassword)
      if (wasUnread())
        throw new Failure(`${username} has another password now, and nobody has read it.`, {
          status: exit.outputLost,
          code: 'output_lost',
          next: 'repeat the command, which makes another one',
        })
    })
