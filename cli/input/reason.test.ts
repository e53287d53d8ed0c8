import test from 'ava'
import type { Mgmt } from '../mgmt.ts'
import { entries } from '../generated/commands.ts'

const id = '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23'
const account = { id, username: 'ada' }
const reason = 'counted & "twice"'

/** What a command sends to the services; their answers hold nothing but what commands look up. */
async function sentBy(path: string, args: readonly string[]): Promise<unknown[]> {
  const sent: unknown[] = []
  const api = {
    get: async () => ({ id, status: 'pending' }),
    list: async () => [account],
    send: async (_service: string, method: string, url: string, body: unknown) => {
      sent.push(`${method} ${url}`, body)
      return account
    },
  }
  const ignore = () => undefined
  const mgmt = {
    api,
    print: ignore,
    note: ignore,
    tell: ignore,
    exitWith: ignore,
    signal: new AbortController().signal,
  }
  const { command } = await entries.find(entry => entry.path === path)!.load()
  await command(async () => mgmt as unknown as Mgmt, entries).parseAsync(args, { from: 'user' })
  return sent
}

for (const [path, ...args] of [
  ['users set-role', 'ada', 'operator'],
  ['users reset-password', 'ada'],
  ['users disable', 'ada'],
  ['users enable', 'ada'],
  ['users unlock', 'ada'],
  ['sessions revoke', id, '--user', 'ada'],
  ['orders resend', id],
  ['payments retry', id],
  ['payments give-up', id],
  ['refunds retry', id],
  ['refunds by-hand', id],
  ['returns cancel', id],
] as const)
  test(`mgmt ${path} sends the reason that those who read the audit will see`, async t => {
    const sent = await sentBy(path, [...args, '--reason', reason])
    t.true(
      sent.some(
        one =>
          (typeof one === 'string' && one.endsWith(`?reason=${encodeURIComponent(reason)}`)) ||
          (one as { reason?: string } | undefined)?.reason === reason,
      ),
      JSON.stringify(sent),
    )
  })

test('the end of one of your own sessions is nothing that others read about', async t => {
  await t.throwsAsync(sentBy('sessions revoke', [id, '--reason', reason]), { message: /add --user/ })
})
