import { Command } from 'commander'
import type { Make } from '../mgmt.ts'
import { passwordFrom, type PasswordOptions } from '../input/password.ts'
import { renderUser } from '../render/item.ts'

export const login: Make = ready =>
  new Command('login')
    .description('Log in; the session is kept for this context and renewed by itself')
    .argument('<username>')
    .option('--password-stdin', 'read the password from stdin')
    .option('--password-file <file>', 'read the password from a file')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt login operator\n  $ mgmt login operator --password-file .local/operator-password',
    )
    .action(async (username: string, options: PasswordOptions) => {
      const mgmt = await ready()
      const user = await mgmt.api.enter('login', username, await passwordFrom(options, mgmt, false))
      mgmt.note(`logged in as ${user.username} (${user.role}) in ${mgmt.context.name}`)
      if (mgmt.options.output !== 'table') await mgmt.print(user, renderUser)
    })
