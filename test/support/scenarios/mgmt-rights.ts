import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Callers, Exits, Sample } from '@docket/cli/command.ts'
import { call, type Client } from '../client.ts'
import { mgmt } from '../mgmt-process.ts'
import type { Stack } from '../stack.ts'
import { until } from '../until.ts'

// Which caller may run which command: the exit status for each.

export const callers = [
  'guest',
  'revoked',
  'disabled',
  'demoted',
  'another customer',
  'observer',
  'operator',
  'owner',
] as const
type Caller = (typeof callers)[number]

const [done, failed, notAllowed] = [0, 1, 4]
const exitsOf: Record<Callers, Exits> = {
  everybody: [done, done, done, done, done],
  users: [notAllowed, done, done, done, done],
  buyers: [notAllowed, done, notAllowed, done, done],
  operators: [notAllowed, notAllowed, notAllowed, done, notAllowed],
  observers: [notAllowed, notAllowed, done, done, notAllowed],
  owners: [notAllowed, failed, done, done, done],
}

/** Kafka knows none of our roles, so its own rights decide. */
export function expected({ callers: given }: Sample, caller: Caller): number {
  const [guest, other, observer, operator, owner] = typeof given === 'string' ? exitsOf[given] : given
  return {
    guest,
    revoked: guest,
    disabled: guest,
    demoted: other,
    'another customer': other,
    observer,
    operator,
    owner,
  }[caller]
}

interface Home {
  env: Record<string, string>
  home: string
}

interface Session {
  username: string
  role: string
  accessToken: string
  refreshToken: string
  expiresAt: number
}

/** A home for each caller, made anew for each command, because some commands end the session. */
export function homesOn(stack: Stack, owner: Client, other: Client) {
  const emptyHome = (): Home => {
    const home = mkdtempSync(join(stack.at.dir, 'mgmt-rights-'))
    return { home, env: { XDG_CONFIG_HOME: home, PORT_OFFSET: String(stack.at.offset), LOCAL_DIR: stack.at.dir } }
  }
  const loggedIn = async ({ username, password }: Pick<Client, 'username' | 'password'>): Promise<Home> => {
    const home = emptyHome()
    const { status, stderr } = await mgmt(home, ['login', username, '--password-stdin'], password)
    if (status !== 0) throw new Error(stderr)
    return home
  }
  /** Each service learns of it by itself, a moment later, so all of them are waited for. */
  const refusedEverywhere = async (home: Home): Promise<Home> => {
    const headers = { authorization: `Bearer ${sessionIn(home).accessToken}` }
    const paths = { order: '/orders', inventory: '/items', payment: '/payments/x', shipping: '/shipments/x' } as const
    for (const [service, path] of Object.entries(paths) as [keyof typeof paths, string][])
      await until(
        `${service}-service refuses the session`,
        async () => (await call(stack.services[service] + path, 'GET', undefined, headers)).status === 401,
      )
    return home
  }
  const setRole = (client: Client, role: string) => stack.operator.patch('user', `/users/${client.id}`, { role })
  const make: Record<Caller, () => Promise<Home>> = {
    guest: async () => emptyHome(),
    async revoked() {
      const home = await loggedIn(other)
      const { accessToken } = sessionIn(home)
      await call(`${stack.services.user}/logout`, 'POST', {}, { authorization: `Bearer ${accessToken}` })
      return refusedEverywhere(home)
    },
    async disabled() {
      const client = await stack.customer()
      const home = await loggedIn(client)
      await stack.operator.post('user', `/users/${client.id}/disable`, {})
      return refusedEverywhere(home)
    },
    async demoted() {
      const client = await stack.customer()
      await setRole(client, 'operator')
      const home = await loggedIn(client)
      await setRole(client, 'customer')
      return refusedEverywhere(home)
    },
    'another customer': () => loggedIn(other),
    async observer() {
      const client = await stack.customer()
      await setRole(client, 'observer')
      return loggedIn(client)
    },
    operator: () => loggedIn({ ...stack.operator, username: 'operator' }),
    owner: () => loggedIn(owner),
  }
  return (caller: Caller): Promise<Home> => make[caller]()
}

function fileOf({ home }: Home): string {
  const folder = join(home, 'mgmt')
  const name = readdirSync(folder).find(one => /^session-.*\.json$/.test(one))
  if (name === undefined) throw new Error(`no session in ${folder}`)
  return join(folder, name)
}

const sessionIn = (home: Home) => JSON.parse(readFileSync(fileOf(home), 'utf8')) as Session
