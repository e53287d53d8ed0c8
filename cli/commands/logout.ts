import { Command } from 'commander'
import type { Make } from '../mgmt.ts'

export const logout: Make = ready =>
  new Command('logout')
    .description('End the session of this context')
    .addHelpText('after', '\nExample:\n  $ mgmt logout')
    .action(async () => {
      const mgmt = await ready()
      await mgmt.api.leave()
      mgmt.note(`logged out of ${mgmt.context.name}`)
      if (mgmt.options.output !== 'table') await mgmt.print({ context: mgmt.context.name, loggedIn: false }, () => '')
    })
