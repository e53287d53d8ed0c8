import { isIP } from 'node:net'
import { z } from 'zod'
import { databaseUrl } from '@docket/foundation/database-url.ts'
import { kafkaSettings, type KafkaSettings } from '@docket/kafka/client.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import type { CallerLimits } from './http/caller-limits.ts'
import { outboxModes } from './messaging/outbox-store.ts'
import { tracingSettings } from './tracing/settings.ts'

/**
 * EX_CONFIG of sysexits.h: the settings are wrong, so a supervisor need not restart the process until they are fixed.
 */
export const exitWrongConfiguration = 78

const secondsPer = { s: 1, m: 60, h: 3_600, d: 86_400 } as const

/** A duration as people write it: `90s`, `15m`, `2h`, or ISO 8601: `PT15M`. Becomes milliseconds. */
export const duration = z.string().transform((text, context) => {
  const short = /^(\d+)(ms|s|m|h|d)$/.exec(text)
  if (short) return Number(short[1]) * (short[2] === 'ms' ? 1 : 1_000 * secondsPer[short[2] as keyof typeof secondsPer])
  const iso = /^P(?:(\d+)D)?(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text)
  if (iso && text !== 'P') {
    const [days, hours, minutes, seconds] = iso.slice(1).map(part => Number(part ?? 0)) as [
      number,
      number,
      number,
      number,
    ]
    return 1_000 * (days * 86_400 + hours * 3_600 + minutes * 60 + seconds)
  }
  context.addIssue({ code: 'custom', message: `"${text}" is not a duration: write 90s, 15m, 2h or PT15M` })
  return z.NEVER
})

const longestDrainMs = 10_000 // plus the 20 s of stopping: the 30 s that Kubernetes gives

const drainDelay = duration.refine(ms => ms <= longestDrainMs, `must be ${longestDrainMs / 1_000}s or less`)

const isProxy = (text: string) => {
  const [address = '', bits = '0', ...more] = text.trim().split('/')
  return (
    ['loopback', 'linklocal', 'uniquelocal'].includes(text.trim()) ||
    (isIP(address) > 0 && /^\d{1,3}$/.test(bits) && more.length === 0)
  )
}

const proxies = z
  .string()
  .refine(
    text => text.split(',').every(isProxy),
    'must list addresses such as 10.0.0.0/8, or loopback, linklocal, uniquelocal',
  )

const opsPortDistance = 10 // so 8091 to 8095 beside 8081 to 8085

export const limit = z.coerce.number().int().min(1).max(1_000_000)

const jwksUrl = z
  .string()
  .refine(
    text => URL.canParse(text) && isJwksUrl(new URL(text)),
    'must be a URL such as http://user-service:8080/.well-known/jwks.json, or file:///path/of/jwks.json',
  )

const isJwksUrl = ({ protocol, host }: URL) =>
  protocol === 'http:' || protocol === 'https:' || (protocol === 'file:' && host === '')

const common = z.object({
  PORT: z.coerce.number().int().min(0).max(65_535),
  OPS_PORT: z.coerce.number().int().min(0).max(65_535), // /metrics, and /readyz with its details
  DATABASE_URL: z.url({ error: 'must be a URL such as postgres://user:password@host:5432/orders' }),
  DATABASE_CA_FILE: z.string().optional(), // PEM: the issuers of the database's certificate
  DATABASE_TLS: z.enum(['required']).optional(), // a DATABASE_URL without TLS is then an error
  JWKS_URL: jwksUrl.default('http://127.0.0.1:8081/.well-known/jwks.json'),
  LOG_LEVEL: z.enum(['trace', 'debug', 'info', 'warn', 'error', 'fatal']).default('info'),
  TRUST_PROXY: proxies.optional(), // the client's address is then taken from X-Forwarded-For
  // per user, or per address for callers who are not logged in, and per replica; operators have ten times that
  LIMIT_REQUESTS_PER_SECOND: limit.default(50),
  LIMIT_REQUESTS_BURST: limit.default(200), // that may arrive at once
  LIMIT_STREAMS: limit.default(20),
  // from SIGTERM until the server stops accepting connections: by then load balancers have stopped sending requests
  // here
  DRAIN_DELAY: drainDelay.default(0),
  // event types that a newer release introduced are not published; unless set, this is the previous release
  PRODUCES_FROM: z
    .string()
    .regex(/^\d+\.\d+\.\d+$/, 'must be a release such as 0.1.0')
    .optional(),
  RETENTION_ORDERS: duration.optional(), // final orders are deleted after this time; unset: never
  OUTBOX: z.enum(outboxModes).default('relay'),
  COMMIT_GROUP_SIZE: z.coerce.number().int().min(1).max(1_000).default(100), // requests that share a transaction
  CONSUMER_BATCH_SIZE: z.coerce.number().int().min(1).max(10_000).default(1_000),
  ...tracingSettings,
})

export type Config<S extends z.ZodRawShape> = z.output<typeof common> & {
  kafka: KafkaSettings
  settings: z.output<z.ZodObject<S>>
}

const databaseNames = { url: 'DATABASE_URL', caFile: 'DATABASE_CA_FILE', tls: 'DATABASE_TLS' }

const databaseSettings = ({ DATABASE_CA_FILE: caFile, DATABASE_TLS: tls }: z.output<typeof common>) => ({
  caFile,
  requiresTls: tls === 'required',
})

/**
 * Reads and checks the environment once. Throws one error that lists everything that is wrong, a line each.
 * An empty variable counts as not set.
 */
export function readConfig<S extends z.ZodRawShape>(
  service: string,
  env: NodeJS.ProcessEnv,
  port: number,
  settings: S,
): Config<S> {
  const given = Object.fromEntries(Object.entries(env).filter(([, value]) => value !== ''))
  const problems: string[] = []
  const base = common.safeParse({ PORT: port, OPS_PORT: port + opsPortDistance, ...given })
  const own = z.object(settings).safeParse(given)
  for (const result of [base, own]) {
    if (!result.success)
      problems.push(...result.error.issues.map(issue => `  ${issue.path.join('.')}: ${issue.message}`))
  }
  let kafka: KafkaSettings | undefined
  try {
    kafka = kafkaSettings(given, service)
  } catch (error) {
    problems.push(`  ${messageOf(error)}`)
  }
  let url: string | undefined
  try {
    url = base.data && databaseUrl(base.data.DATABASE_URL, databaseSettings(base.data), databaseNames)
  } catch (error) {
    problems.push(`  ${messageOf(error)}`)
  }
  if (!base.success || !own.success || !kafka || url === undefined)
    throw new Error(`${service} cannot start, its environment is wrong:\n${problems.join('\n')}`)
  return { ...base.data, DATABASE_URL: url, kafka, settings: own.data }
}

const underWayOfCaller = 50 // a twentieth of a replica's capacity
const heavyOfCaller = 4 // a quarter of the passwords that may wait to be hashed

export const callerLimitsOf = (config: z.output<typeof common>): CallerLimits => ({
  requests: { perSecond: config.LIMIT_REQUESTS_PER_SECOND, burst: config.LIMIT_REQUESTS_BURST },
  underWay: underWayOfCaller,
  heavy: heavyOfCaller,
  streams: config.LIMIT_STREAMS,
})
