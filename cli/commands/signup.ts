import { Command } from 'commander'
import type { Make } from '../mgmt.ts'
import { passwordFrom, type PasswordOptions } from '../input/password.ts'
import { renderUser } from '../render/item.ts'

export const signup: Make = ready =>
  new Command('signup')
    .description('Become a customer, and log in')
    .argument('<username>')
    .option('--password-stdin', 'read the password from stdin')
    .option('--password-file <file>', 'read the password from a file')
    .addHelpText('after', '\nExamples:\n  $ mgmt signup ada\n  $ pass show docket | mgmt signup ada --password-stdin')
    .action(async (username: string, options: PasswordOptions) => {
      const mgmt = await ready()
      const user = await mgmt.api.enter('signup', username, await passwordFrom(options, mgmt, true))
      mgmt.note(`signed up and logged in as ${user.username} in ${mgmt.context.name}`)
      if (mgmt.options.output !== 'table') await mgmt.print(user, renderUser)
    })
