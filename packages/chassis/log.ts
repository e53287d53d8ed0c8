import { isId, masked } from '@docket/contract/mask.ts'
import { pino, stdSerializers, type Logger } from 'pino'

export type { Logger } from 'pino'

export function logger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: label => ({ level: label }) },
    messageKey: 'message',
    serializers: { err: shownError },
    redact: {
      paths: ['password', 'token', '*.password', '*.token', 'headers.cookie', 'headers.authorization'],
      censor: '(secret)',
    },
  })
}

/** Errors of databases carry rows and values in further fields (`detail`, `where`, `sql`), so only these are logged. */
const shownOfError = ['type', 'message', 'stack', 'code', 'errno', 'syscall', 'address', 'port', 'table', 'constraint']

export function shownError(error: Error): Record<string, unknown> {
  const whole = stdSerializers.err(error) as Record<string, unknown>
  const shown = Object.fromEntries(shownOfError.filter(name => name in whole).map(name => [name, whole[name]]))
  for (const name of ['message', 'stack']) if (typeof shown[name] === 'string') shown[name] = withoutValue(shown[name])
  return shown
}

/** PostgreSQL puts the value that it cannot read into the message. */
const withoutValue = (text: string) =>
  text.replaceAll(/(invalid input (?:syntax|value) for [\w ]+): ".*?"(?=\n|$)/gs, `$1: ${masked}`)

export const traceIdOf = (traceparent: string | undefined) => traceparent?.split('-')[1]

/** Anyone may have written an event; its key is only shown if it can be what it should be. */
export function about(key: string, type: string): Record<string, string> {
  if (/^(item\.|stock\.adjusted)/.test(type)) return { sku: key }
  const id = isId(key) ? key : masked
  return /^(user|session)\./.test(type) ? { userId: id } : { orderId: id }
}
