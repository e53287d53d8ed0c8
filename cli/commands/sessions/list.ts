import { Command } from 'commander'
import type { About, Make } from '../../command.ts'
import { renderSessions } from '../../render/session.ts'
import { sessionFields, type Page, type Session } from '../../client/shapes.ts'
import { userNamed } from '../users/named.ts'

export const about: About = {
  summary: 'List the sessions that live',
  prints: [
    { id: 'string', createdAt: 'string', lastUsedAt: 'string', ip: 'string', userAgent: 'string', current: 'boolean' },
  ],
  samples: [{ callers: 'users' }],
}

export const command: Make = ready =>
  new Command('list')
    .description('List active sessions, newest first: your own, or as an operator those of a user')
    .option('--user <username>', 'whose; for operators')
    .addHelpText('after', '\nExamples:\n  $ mgmt sessions list\n  $ mgmt sessions list --user ada')
    .action(async ({ user }: { user?: string }) => {
      const mgmt = await ready()
      const path = user === undefined ? '/sessions' : `/users/${(await userNamed(mgmt, user)).id}/sessions`
      await mgmt.print((await mgmt.api.get<Page<Session>>('user', path)).items, renderSessions, sessionFields)
    })
