import { Command } from 'commander'
import { toldWhenCutOff } from '../../client/once.ts'
import type { About, Make } from '../../command.ts'
import { reasonFrom, type ReasonOptions } from '../../input/reason.ts'
import { usage } from '../../failure.ts'
import { userNamed } from '../users/named.ts'

export const about: About = {
  summary: 'End a session',
  changesThings: true,
  prints: { id: 'string', ended: 'boolean' },
  samples: [{ args: '01981b2c-7f00-7c32-8e61-4d8f1a2b3c45', callers: [4, 1, 1, 1, 1] }],
}

export const command: Make = ready =>
  new Command('revoke')
    .description('End a session: one of your own, or as an operator one of a user')
    .argument('<session-id>', 'mgmt sessions list shows them')
    .option('--user <username>', 'whose; for operators')
    .option('--reason <text>', 'with --user: why, for those who read the audit; a terminal asks for it')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt sessions revoke 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23\n  $ mgmt sessions revoke 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23 --user ada --reason "a lost laptop"',
    )
    .action(async (id: string, { user, ...why }: ReasonOptions & { user?: string }) => {
      const mgmt = await ready()
      if (user === undefined && why.reason !== undefined) throw usage('--reason is for sessions of others: add --user.')
      const session = `/sessions/${encodeURIComponent(id)}`
      const path =
        user === undefined
          ? session
          : `/users/${(await userNamed(mgmt, user)).id}${session}${because(await reasonFrom(mgmt, why))}`
      const goOn = `see what lives with: mgmt sessions list${user === undefined ? '' : ` --user ${user}`}`
      const cutOff = { unknown: 'whether the session was ended', goOn }
      await toldWhenCutOff(mgmt, cutOff, () => mgmt.api.send('user', 'DELETE', path)) // a second time, there would be none
      await mgmt.print({ id, ended: true }, () => `session ${id} has ended`)
    })

const because = (reason: string | undefined) => (reason === undefined ? '' : `?reason=${encodeURIComponent(reason)}`)
