import { Command } from 'commander'
import { toldWhenCutOff } from '../client/once.ts'
import type { About, Make } from '../command.ts'
import { passwordFrom, type PasswordOptions } from '../input/password.ts'
import { renderUser } from '../render/item.ts'
import { userShape } from '../client/shapes.ts'

const cutOff = (username: string) => ({
  unknown: 'whether there is an account now',
  goOn: `see with: mgmt login ${username}`,
})

export const about: About = {
  summary: 'Sign up as a customer, and log in',
  changesThings: true,
  prints: userShape,
  samples: [
    { args: 'FRESH --password-file HOME/password', files: { password: 'correct horse battery' }, callers: 'everybody' },
  ],
}

export const command: Make = ready =>
  new Command('signup')
    .description('Sign up as a customer, and log in')
    .argument('<username>')
    .option('--password-stdin', 'read the password from stdin')
    .option('--password-file <file>', 'read the password from a file')
    .addHelpText('after', '\nExamples:\n  $ mgmt signup ada\n  $ pass show docket | mgmt signup ada --password-stdin')
    .action(async (username: string, options: PasswordOptions) => {
      const mgmt = await ready()
      const password = await passwordFrom(options, mgmt, true)
      const user = await toldWhenCutOff(mgmt, cutOff(username), () => mgmt.api.enter('signup', username, password))
      mgmt.note(`signed up and logged in as ${user.username} in ${mgmt.context.name}`)
      if (mgmt.options.output !== 'table') await mgmt.print(user, renderUser)
    })
