import { Command, Option } from 'commander'
import { usage } from '../../failure.ts'
import { parseDuration } from '../../input/durations.ts'
import type { About, Make } from '../../command.ts'
import { moment } from '../../render/times.ts'
import { developers, devToken, type Role } from '../../system/dev-token.ts'
import { expectOwnStack } from '../../system/own-stack.ts'
import { oneOf } from '../../shape.ts'
import { isId } from '@docket/contract/mask.ts'
import { roles } from '@docket/contract/terms.ts'

interface Options {
  role: Role
  user?: string
  ttl: string
  use?: boolean
}

function userId(text: string): string {
  const id = text.toLowerCase()
  if (!isId(id)) throw usage(`--user: "${text}" is not the id of a user: write a UUID`)
  return id
}

const longestMs = 24 * 3_600_000

function msOf(text: string): number {
  const ms = parseDuration(text)
  if (ms < 1_000 || ms > longestMs) throw usage(`--ttl: ${text} is not between 1s and 24h`)
  return ms
}

export const about: About = {
  summary: 'Sign an access token for services that run without user-service',
  changesThings: true,
  prints: { 'token?': 'string', userId: 'string', username: 'string', role: oneOf(...roles), expiresAt: 'string' },
  samples: [{ args: '--role operator', needs: 'stack', callers: 'everybody' }],
}

export const command: Make = ready =>
  new Command('token')
    .description('Sign an access token with the key of the local stack, for services that run without user-service')
    .addOption(new Option('--role <role>', 'role in the token').choices(Object.keys(developers)).makeOptionMandatory())
    .option('--user <id>', 'user in the token; by default one user per role', userId)
    .option('--ttl <duration>', 'lifetime, at most 24h; default 15m', '15m')
    .option('--use', 'keep it as the session of this context, instead of printing it')
    .addHelpText(
      'after',
      `
Examples:
  $ mgmt dev token --role operator --use
  $ curl -s -H "authorization: Bearer $(mgmt dev token --role operator)" 127.0.0.1:8083/items
  $ mgmt dev token --role customer --user 01981b2c-0000-7a10-8c4f-2b6d9e0f1a01 --ttl 1h

It runs only on the stack of this checkout. Every service but user-service believes the token, which has no session there: for
what user-service does, log in.`,
    )
    .action(async ({ role, user, ttl, use }: Options) => {
      const mgmt = await ready()
      const ttlMs = msOf(ttl)
      await expectOwnStack(mgmt, 'Tokens are signed')
      const made = devToken(role, user, ttlMs)
      if (!use) return mgmt.print(made, ({ token: text }) => text)
      const { token: accessToken, ...kept } = made
      const { username, userId: id, expiresAt } = kept
      mgmt.sessions.write({ username, role, accessToken, expiresAt: Date.parse(expiresAt) })
      mgmt.note(look => `in ${mgmt.context.name} you are ${username} (${role}, ${id}) until ${moment(expiresAt, look)}`)
      if (mgmt.options.output !== 'table') await mgmt.print(kept, () => '')
    })
