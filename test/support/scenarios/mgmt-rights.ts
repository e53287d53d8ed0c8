import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { call, type Client } from '../client.ts'
import { mgmt } from '../mgmt-process.ts'
import type { Stack } from '../stack.ts'
import { until } from '../until.ts'

// Who may run which command: what its exit status is for each.

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

/** What a command is about; new for each caller, so that none stands in the way of the next. */
interface About {
  order: string
  sku: string
  fresh: string
  username: string
  home: string
}

interface Rights {
  args(about: About): string[]
  stdin?: string
  files?(about: About): Record<string, string>
  /** Exit statuses: of those without a login, of another customer, of an observer, of an operator, of the owner. */
  exits: [guest: number, other: number, observer: number, operator: number, owner: number]
}

const [done, failed, notAllowed] = [0, 1, 4]
const forAll = [done, done, done, done, done] satisfies Rights['exits']
const forUsers = [notAllowed, done, done, done, done] satisfies Rights['exits']
const forBuyers = [notAllowed, done, notAllowed, done, done] satisfies Rights['exits']
const forOperators = [notAllowed, notAllowed, notAllowed, done, notAllowed] satisfies Rights['exits']
const forObservers = [notAllowed, notAllowed, done, done, notAllowed] satisfies Rights['exits']
const ownOnes = [notAllowed, failed, done, done, done] satisfies Rights['exits']
/** The order is not in the state that the command wants; a customer who does not own it is told that it is not there. */
const tooLateForOwn = [notAllowed, failed, notAllowed, failed, failed] satisfies Rights['exits']
/** Each command has a line; nothing else has one. Kafka knows no roles of ours: its own rights decide. */
export const rights: Record<string, Rights> = {
  signup: { args: ({ fresh }) => ['signup', fresh, '--password-stdin'], stdin: 'correct horse battery', exits: forAll },
  login: {
    args: ({ username }) => ['login', username, '--password-stdin'],
    stdin: 'not the password',
    exits: [4, 4, 4, 4, 4],
  },
  logout: { args: () => ['logout'], exits: forAll },
  whoami: { args: () => ['whoami'], exits: forUsers },
  'orders create': { args: ({ sku }) => ['orders', 'create', '--line', `${sku}=1`], exits: forBuyers },
  'orders list': { args: () => ['orders', 'list'], exits: forUsers },
  'orders import': {
    args: ({ home }) => ['orders', 'import', join(home, 'orders.csv')],
    files: ({ sku }) => ({ 'orders.csv': `sku,quantity\n${sku},1\n` }),
    exits: forBuyers,
  },
  'orders show': { args: ({ order }) => ['orders', 'show', order], exits: ownOnes },
  'orders cancel': { args: ({ order }) => ['orders', 'cancel', order, '--yes'], exits: tooLateForOwn },
  'orders resend': { args: ({ order }) => ['orders', 'resend', order, '--force'], exits: [4, 1, 1, 0, 1] },
  'orders watch': { args: ({ order }) => ['orders', 'watch', order], exits: ownOnes },
  'orders trace': { args: ({ order }) => ['orders', 'trace', order], exits: ownOnes },
  'payments list': { args: () => ['payments', 'list'], exits: forObservers },
  'payments show': { args: ({ order }) => ['payments', 'show', order], exits: ownOnes },
  'payments retry': { args: ({ order }) => ['payments', 'retry', order], exits: [4, 4, 4, 1, 4] },
  'payments give-up': { args: ({ order }) => ['payments', 'give-up', order], exits: [4, 4, 4, 1, 4] },
  'shipments list': { args: () => ['shipments', 'list'], exits: forObservers },
  'shipments show': { args: ({ order }) => ['shipments', 'show', order], exits: ownOnes },
  'items create': {
    args: ({ fresh }) => [
      'items',
      'create',
      fresh,
      '--name',
      'X',
      '--price',
      '1.00',
      '--currency',
      'EUR',
      '--quantity',
      '1',
    ],
    exits: forOperators,
  },
  'items import': {
    args: ({ home }) => ['items', 'import', join(home, 'items.csv')],
    files: ({ fresh }) => ({ 'items.csv': `sku,name,price,currency,quantity\n${fresh},Mug,4.50,EUR,1\n` }),
    exits: forOperators,
  },
  'items update': { args: ({ sku }) => ['items', 'update', sku, '--name', 'Mug'], exits: forOperators },
  'items adjust': {
    args: ({ sku }) => ['items', 'adjust', sku, '--by', '1', '--reason', 'found'],
    exits: forOperators,
  },
  'items list': { args: () => ['items', 'list'], exits: forUsers },
  'items movements': { args: ({ sku }) => ['items', 'movements', sku], exits: forObservers },
  'items show': { args: ({ sku }) => ['items', 'show', sku], exits: forUsers },
  'users list': { args: () => ['users', 'list'], exits: forOperators },
  'users set-role': { args: ({ username }) => ['users', 'set-role', username, 'customer'], exits: forOperators },
  ...Object.fromEntries(
    ['disable', 'enable', 'unlock', 'reset-password'].map(what => [
      `users ${what}`,
      { args: ({ username }: About) => ['users', what, username], exits: forOperators },
    ]),
  ),
  'sessions list': { args: () => ['sessions', 'list'], exits: forUsers },
  'sessions revoke': {
    args: () => ['sessions', 'revoke', '01981b2c-7f00-7c32-8e61-4d8f1a2b3c45'], // nobody's
    exits: [notAllowed, failed, failed, failed, failed],
  },
  'password change': {
    args: () => ['password', 'change', '--password-stdin'],
    stdin: 'not the password\nbattery staple horse\n',
    exits: [4, 4, 4, 4, 4],
  },
  'events tail': { args: () => ['events', 'tail', '--tail', '1', '--no-follow'], exits: forAll },
  'events send': {
    args: ({ home }) => ['events', 'send', 'user.signed_up', '--data', `@${join(home, 'user.json')}`],
    files: () => ({
      'user.json': '{"userId": "01981b2c-0000-7a10-8c4f-2b6d9e0f1a01", "username": "ada", "role": "customer"}',
    }),
    exits: forAll,
  },
  'events topics': { args: () => ['events', 'topics'], exits: forAll },
  oversee: { args: () => ['oversee', '--tail', '1', '--no-follow'], exits: forAll },
  'dlq list': { args: () => ['dlq', 'list'], exits: forAll },
  'dlq show': { args: () => ['dlq', 'show', 'order-events/0/999999'], exits: [2, 2, 2, 2, 2] },
  'dlq redrive': { args: () => ['dlq', 'redrive', '--all', '--dry-run'], exits: forAll },
  'dlq dismiss': { args: () => ['dlq', 'dismiss', '--all', '--dry-run'], exits: forAll },
  'context list': { args: () => ['context', 'list'], exits: forAll },
  'context use': { args: () => ['context', 'use', 'local'], exits: forAll },
  'context set': { args: () => ['context', 'set', 'other', '--user-url', 'http://127.0.0.1:1'], exits: forAll },
  'context show': { args: () => ['context', 'show'], exits: forAll },
  completion: { args: () => ['completion', 'bash'], exits: forAll },
  commands: { args: () => ['commands'], exits: forAll },
  'dev token': { args: () => ['dev', 'token', '--role', 'operator'], exits: forAll }, // by a file of the stack's owner
  drill: { args: () => ['drill', 'payment-declined'], exits: forOperators },
  doctor: { args: () => ['doctor'], exits: [failed, done, done, done, done] },
  reconcile: { args: () => ['reconcile'], exits: forAll }, // by the databases: their rights decide
  status: { args: () => ['status'], exits: forAll },
}

/** The commands that there are, as mgmt lists them. */
export async function commandsOf(): Promise<string[]> {
  const { stdout } = await mgmt({ env: {} }, ['commands', '-o', 'json'])
  return (JSON.parse(stdout) as { command: string }[]).map(({ command }) => command)
}

export const expected = ({ exits: [guest, other, observer, operator, owner] }: Rights, caller: Caller): number =>
  ({ guest, revoked: guest, disabled: guest, demoted: other, 'another customer': other, observer, operator, owner })[
    caller
  ]

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

/** A home for each caller; they are made anew for each command, as some end the session. */
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
  /** Each service hears of it by itself, a moment later. */
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
