import { createHash } from 'node:crypto'
import { homedir } from 'node:os'
import { join } from 'node:path'
import { writeState } from '@docket/addresses/state-file.ts'
import { brokersOf } from '@docket/kafka/brokers.ts'
import { readSecurity, type KafkaSecurity } from '@docket/kafka/security.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { Failure, usage } from '../failure.ts'
import { readTextSync, smallFile } from '../input/files.ts'
import type { Shape } from '../shape.ts'
import { aloneWith, keepingIn } from './kept.ts'

export interface Addresses {
  user: string
  order: string
  inventory: string
  payment: string
  shipping: string
  kafkaBrokers: string
}

export interface Context extends Addresses {
  name: string
  /** False: the context is not configured, so the addresses are those of the local stack. */
  isKnown: boolean
  /** TLS and login of Kafka. It may hold a password, so print it by `withoutPassword` only. */
  kafkaSecurity: KafkaSecurity
}

export type KeptContext = Partial<Addresses> & { kafkaSecurity?: KafkaSecurity }

export interface ContextFile {
  current?: string
  contexts: Record<string, KeptContext>
}

export const addressNames = ['user', 'order', 'inventory', 'payment', 'shipping', 'kafkaBrokers'] as const

export type AddressFlags = Partial<
  Record<'userUrl' | 'orderUrl' | 'inventoryUrl' | 'paymentUrl' | 'shippingUrl' | 'kafkaBrokers', string>
>

const flagOf = {
  user: 'userUrl',
  order: 'orderUrl',
  inventory: 'inventoryUrl',
  payment: 'paymentUrl',
  shipping: 'shippingUrl',
  kafkaBrokers: 'kafkaBrokers',
} as const
const variableOf = {
  user: 'MGMT_USER_URL',
  order: 'MGMT_ORDER_URL',
  inventory: 'MGMT_INVENTORY_URL',
  payment: 'MGMT_PAYMENT_URL',
  shipping: 'MGMT_SHIPPING_URL',
  kafkaBrokers: 'MGMT_KAFKA_BROKERS',
} as const

/**
 * Precedence of addresses: flag, environment, context, then the local stack, which follows PORT_OFFSET. The Kafka login
 * of a context is for its own brokers; brokers from a flag or the environment never get it.
 */
export function contextOf(
  env: NodeJS.ProcessEnv,
  named: string | undefined,
  file: ContextFile = { contexts: {} },
  flags: AddressFlags = {},
): Context {
  const local = localAddresses(env)
  const user = flags.userUrl || env.MGMT_USER_URL
  const chosen = named ?? (env.MGMT_CONTEXT || (user ? undefined : file.current))
  const kept = chosen !== undefined && Object.hasOwn(file.contexts, chosen) ? file.contexts[chosen] : undefined
  const addressOf = (name: keyof Addresses): string => {
    const flag = dashed(flagOf[name])
    const given = flags[flagOf[name]]
    if (given) return checked[name](given, flag)
    const variable = env[variableOf[name]]
    if (variable) return checked[name](variable, variableOf[name])
    const mend = `mend it with: mgmt context set ${chosen} ${flag} ADDRESS --context local`
    return kept?.[name] ? checked[name](kept[name], `context ${chosen}`, mend) : local[name]
  }
  const addresses = Object.fromEntries(addressNames.map(name => [name, addressOf(name)])) as unknown as Addresses // a value for each name
  return {
    name: chosen ?? defaultName(env, user),
    ...addresses,
    isKnown: chosen === undefined || chosen === 'local' || kept !== undefined,
    kafkaSecurity: { ...(flags.kafkaBrokers || env.MGMT_KAFKA_BROKERS ? {} : kept?.kafkaSecurity), ...securityIn(env) },
  }
}

function securityIn(env: NodeJS.ProcessEnv): KafkaSecurity {
  try {
    return readSecurity(env, 'MGMT_KAFKA')
  } catch (error) {
    throw usage(messageOf(error))
  }
}

export function withoutPassword<T extends { kafkaSecurity?: KafkaSecurity }>({ kafkaSecurity, ...rest }: T) {
  const { saslPassword, ...security } = kafkaSecurity ?? {}
  const isSecured = saslPassword !== undefined || Object.keys(security).length > 0
  return { ...rest, ...(isSecured && { kafkaSecurity: { ...security, hasPassword: saslPassword !== undefined } }) }
}

export const kafkaSecurityShape: Shape = {
  'ssl?': 'boolean',
  'sslCaFile?': 'string',
  'saslMechanism?': 'string',
  'saslUsername?': 'string',
  hasPassword: 'boolean',
}

/** How Kafka is reached, in words; undefined when it is not secured. */
export function securityInWords({
  ssl,
  sslCaFile,
  saslMechanism,
  saslUsername,
  saslPassword,
}: KafkaSecurity): string | undefined {
  const tls = ssl ? [`TLS${sslCaFile === undefined ? '' : `, by ${sslCaFile}`}`] : []
  const login =
    saslUsername === undefined
      ? []
      : [`${saslMechanism ?? 'login'} as ${saslUsername}${saslPassword === undefined ? ', without a password' : ''}`]
  return [...tls, ...login].join('; ') || undefined
}

function localAddresses(env: NodeJS.ProcessEnv): Addresses {
  const offset = Number(env.PORT_OFFSET || 0)
  if (!Number.isInteger(offset) || offset < 0)
    throw usage(`PORT_OFFSET is "${env.PORT_OFFSET}"; it must be a whole number`)
  const url = (port: number) => `http://127.0.0.1:${port + offset}`
  return {
    user: url(8081),
    order: url(8082),
    inventory: url(8083),
    payment: url(8084),
    shipping: url(8085),
    kafkaBrokers: `127.0.0.1:${19_092 + offset}`,
  }
}

/** Sessions of different addresses must not mix, so a context without a name gets one from them. */
function defaultName(env: NodeJS.ProcessEnv, user: string | undefined): string {
  if (user) return `at-${createHash('sha256').update(user).digest('hex').slice(0, 8)}`
  return Number(env.PORT_OFFSET || 0) === 0 ? 'local' : `local-${Number(env.PORT_OFFSET)}`
}

export const configFolder = (env: NodeJS.ProcessEnv, find = homedir) =>
  join(env.XDG_CONFIG_HOME || join(home(find), '.config'), 'mgmt')

/**
 * An account without a name may have no home (docker run -u 12345). Then nothing is stored, and commands that need
 * storage say so.
 */
function home(find: () => string): string {
  try {
    return find()
  } catch {
    return '/dev/null'
  }
}

const fileIn = (folder: string) => join(folder, 'contexts.json')
const contextsBytes = 8_192 // room for some dozens of contexts

export function readContexts(folder: string): ContextFile {
  let text: string
  try {
    text = readTextSync(fileIn(folder), smallFile('the list of contexts'))
  } catch (error) {
    if (error instanceof Failure && error.code === 'no_file') return { contexts: {} } // no context is configured
    throw error
  }
  try {
    const file = JSON.parse(text) as ContextFile
    if (typeof file.contexts === 'object' && file.contexts !== null) return file
  } catch {
    // reported below
  }
  throw usage(
    `${fileIn(folder)} cannot be read: it is no list of contexts.`,
    'mend it, or delete it and set the contexts up again',
  )
}

/** Reads the list again under a lock, because another process may have changed it. Returns the new list. */
export async function changeContexts(folder: string, change: (file: ContextFile) => ContextFile): Promise<ContextFile> {
  const doing = { doing: 'changes the list of contexts', bytes: contextsBytes }
  return aloneWith(fileIn(folder), doing, () => {
    const file = change(readContexts(folder))
    const text = `${JSON.stringify(file, undefined, 2)}\n`
    keepingIn(folder, () => {
      writeState(fileIn(folder), text, { mode: 0o600 })
    })
    return file
  })
}

/** Names the origin of an invalid address, because it may come from a flag, the environment or a context. */
export function expectUrl(given: string, where: string, next?: string): string {
  const text = given.trim() // a file of variables from Windows ends each value with a CR
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (!url || /\s/.test(text) || !['http:', 'https:'].includes(url.protocol) || url.search !== '' || url.hash !== '') {
    const better = /^[\w.-]+(:\d+)?\/*$/.test(text) ? `http://${withoutSlash(text)}` : 'https://orders.example'
    throw usage(`${where}: "${text}" is not the address of a service: write it as ${better}`, next)
  }
  return withoutSlash(text)
}

const withoutSlash = (text: string) => text.replace(/\/+$/, '')

export function expectBrokers(text: string, where: string, next?: string): string {
  try {
    return brokersOf(text).join(',')
  } catch (error) {
    throw usage(`${where}: ${messageOf(error)}`, next)
  }
}

const checked = {
  user: expectUrl,
  order: expectUrl,
  inventory: expectUrl,
  payment: expectUrl,
  shipping: expectUrl,
  kafkaBrokers: expectBrokers,
} as const

const dashed = (flag: string) => `--${flag.replaceAll(/[A-Z]/g, letter => `-${letter.toLowerCase()}`)}`
