import { Command } from 'commander'
import { toldWhenCutOff } from '../../client/once.ts'
import type { About, Make } from '../../command.ts'
import { passwordsFrom, type NewPasswordOptions, type PasswordOptions } from '../../input/password.ts'
import { renderUser } from '../../render/item.ts'
import { userShape } from '../../client/shapes.ts'

export const about: About = {
  summary: 'Change your password; all your other sessions end',
  changesThings: true,
  prints: userShape,
  samples: [
    {
      args: '--password-file HOME/password --new-password-file HOME/new-password',
      files: { password: 'not the password', 'new-password': 'battery staple horse' },
      callers: [4, 4, 4, 4, 4],
    },
  ],
}

export const command: Make = ready =>
  new Command('change')
    .description('Change your password; all your other sessions end')
    .option('--password-stdin', 'read both from stdin, a line each: the old one, then the new one')
    .option('--password-file <file>', 'read the old one from a file')
    .option('--new-password-file <file>', 'read the new one from a file')
    .addHelpText('after', '\nExamples:\n  $ mgmt password change\n  $ mgmt password change --password-stdin < both')
    .action(async (options: PasswordOptions & NewPasswordOptions) => {
      const mgmt = await ready()
      const { password, newPassword } = await passwordsFrom(options, mgmt)
      const goOn = `see which of the two is good with: mgmt login ${mgmt.sessions.read()?.username ?? 'USERNAME'}`
      const cutOff = { unknown: 'whether the password was changed', goOn }
      const user = await toldWhenCutOff(mgmt, cutOff, () => mgmt.api.changePassword(password, newPassword))
      mgmt.note('the password was changed; every other session has ended')
      if (mgmt.options.output !== 'table') await mgmt.print(user, renderUser)
    })
