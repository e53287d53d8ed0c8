import { Command } from 'commander'
import { toldWhenCutOff } from '../client/once.ts'
import type { About, Make } from '../command.ts'
import { Failure } from '../failure.ts'
import { newPasswordFrom, passwordFrom, type NewPasswordOptions, type PasswordOptions } from '../input/password.ts'
import { renderUser } from '../render/item.ts'
import { userShape } from '../client/shapes.ts'

export const about: About = {
  summary: 'Log in',
  changesThings: true,
  prints: userShape,
  samples: [
    {
      args: 'USERNAME --password-file HOME/password',
      files: { password: 'not the password' },
      callers: [4, 4, 4, 4, 4],
    },
  ],
}

export const command: Make = ready =>
  new Command('login')
    .description('Log in; the session is saved for this context and renewed automatically')
    .argument('<username>')
    .option('--password-stdin', 'read the password from stdin')
    .option('--password-file <file>', 'read the password from a file')
    .option('--new-password-file <file>', 'the new password, after an operator has reset the old one')
    .addHelpText(
      'after',
      '\nExamples:\n  $ mgmt login operator\n  $ mgmt login operator --password-file .local/operator-password',
    )
    .action(async (username: string, options: PasswordOptions & NewPasswordOptions) => {
      const mgmt = await ready()
      const password = await passwordFrom(options, mgmt, false)
      const enter = async (isChanging: boolean) => {
        if (!isChanging) return mgmt.api.enter('login', username, password)
        const newPassword = await newPasswordFrom(options, mgmt)
        const cutOff = { unknown: 'whether the new password is good', goOn: `see with it: mgmt login ${username}` }
        return toldWhenCutOff(mgmt, cutOff, () => mgmt.api.enter('login', username, password, newPassword))
      }
      const user = await enter(options.newPasswordFile !== undefined).catch((error: unknown) => {
        if (!mgmt.interactive || !(error instanceof Failure) || error.code !== 'new_password_required') throw error
        mgmt.note(error.message)
        return enter(true)
      })
      mgmt.note(`logged in as ${user.username} (${user.role}) in ${mgmt.context.name}`)
      if (mgmt.options.output !== 'table') await mgmt.print(user, renderUser)
    })
