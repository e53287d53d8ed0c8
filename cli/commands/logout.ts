import { Command } from 'commander'
import { toldWhenCutOff } from '../client/once.ts'
import type { About, Make } from '../command.ts'

export const about: About = {
  summary: 'End the session',
  changesThings: true,
  prints: { context: 'string', loggedIn: 'boolean' },
  samples: [{ callers: 'everybody' }],
}

export const command: Make = ready =>
  new Command('logout')
    .description('End the session of this context')
    .addHelpText('after', '\nExample:\n  $ mgmt logout')
    .action(async () => {
      const mgmt = await ready()
      const cutOff = { unknown: 'whether the session has ended', goOn: 'it is safe to repeat the command' }
      await toldWhenCutOff(mgmt, cutOff, () => mgmt.api.leave())
      mgmt.note(`logged out of ${mgmt.context.name}`)
      if (mgmt.options.output !== 'table') await mgmt.print({ context: mgmt.context.name, loggedIn: false }, () => '')
    })
