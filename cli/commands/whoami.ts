import { Command } from 'commander'
import type { About, Make } from '../command.ts'
import { facts } from '../render/table.ts'
import { claimsOf } from '../client/tokens.ts'
import type { Session } from '../client/session.ts'
import type { User } from '../client/shapes.ts'

/** Whom a development token names; user-service does not know. */
function holderIn(session: Session | undefined): User | undefined {
  if (session === undefined || session.refreshToken !== undefined) return undefined
  const { username, role, accessToken } = session
  return { id: claimsOf(accessToken).sub, username, role }
}

export const about: About = {
  summary: 'Show who is logged in, and where',
  prints: { id: 'string', username: 'string', role: 'string', context: 'string', userService: 'string' },
  samples: [{ callers: 'users' }],
}

export const command: Make = ready =>
  new Command('whoami')
    .description('Show who is logged in, and where')
    .addHelpText('after', '\nExample:\n  $ mgmt whoami -o json')
    .action(async () => {
      const mgmt = await ready()
      const user = holderIn(mgmt.sessions.read()) ?? (await mgmt.api.get<User>('user', '/me'))
      await mgmt.print({ ...user, context: mgmt.context.name, userService: mgmt.context.user }, (who, look) =>
        facts(
          [
            ['username', who.username],
            ['role', who.role],
            ['id', who.id],
            ['context', who.context],
            ['user service', who.userService],
          ],
          look,
        ),
      )
    })
