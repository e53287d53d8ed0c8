import { pino, type Logger } from 'pino'

export type { Logger } from 'pino'

export function logger(service: string, level: string): Logger {
  return pino({
    level,
    base: { service },
    timestamp: () => `,"time":"${new Date().toISOString()}"`,
    formatters: { level: label => ({ level: label }) },
    messageKey: 'message',
    redact: {
      paths: ['password', 'token', '*.password', '*.token', 'headers.cookie', 'headers.authorization'],
      censor: '(secret)',
    },
  })
}

export const traceIdOf = (traceparent: string | undefined) => traceparent?.split('-')[1]

export function about(key: string, type: string): Record<string, string> {
  if (/^(item\.|stock\.adjusted)/.test(type)) return { sku: key }
  return /^(user|session)\./.test(type) ? { userId: key } : { orderId: key }
}
