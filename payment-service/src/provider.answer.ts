import { cut } from '@docket/foundation/cut.ts'
import type { Charged, Refunded, Trouble } from './provider.ts'

export interface HttpAnswer {
  status: number
  contentType: string
  text: string
  /** Seconds or an HTTP date, by RFC 9110. */
  retryAfter?: string | null
}

const notKnown = new Set([408, 409, 425, 429]) // a charge under this key may be under way, or arrive later
const notAboutThisPayment = new Set([401, 403, 405, 407])
const refusals = new Set([402, 422])
const longestRetryAfterMs = 5 * 60_000 // a longer one is ignored: retrying earlier costs one call

export const readAnswer = (answer: HttpAnswer, now: Date): Charged | Trouble =>
  isDone(answer) ? chargedIn(answer.text) : troubleIn(answer, now)

/** A provider that refunds whole charges only may answer with any body. */
export function readRefund(answer: HttpAnswer, now: Date, isWhole: boolean): Refunded | Trouble {
  if (!isDone(answer)) return troubleIn(answer, now)
  const { outcome, reason } = parse(answer.text)
  if (outcome === 'declined' && typeof reason === 'string') return { outcome, reason }
  if (outcome === 'refunded' || (isWhole && outcome === undefined)) return { outcome: 'refunded' }
  return { kind: 'not_known', code: 'body', message: `the provider's answer is not a refund:${inShort(answer.text)}` }
}

const isDone = ({ status }: HttpAnswer) => status >= 200 && status < 300

function troubleIn(answer: HttpAnswer, now: Date): Trouble {
  const { status, text } = answer
  const trouble = { code: String(status), message: `the provider answered ${status}${inShort(text)}` }
  if (status < 400 || status >= 500 || notKnown.has(status))
    return { ...trouble, kind: 'not_known', ...retryAfterIn(answer, now) }
  if (notAboutThisPayment.has(status) || isNobodys(answer)) return { ...trouble, kind: 'misconfigured' }
  const reason = reasonIn(text) ?? `refused_${status}`
  return { ...trouble, kind: refusals.has(status) ? 'refused' : 'ambiguous', reason }
}

/** A page or an empty body comes from a proxy or a web server rather than from the provider's API. */
export const isNobodys = ({ contentType, text }: HttpAnswer) =>
  text.trim() === '' || /\bhtml\b/i.test(contentType) || /^\s*</.test(text)

function chargedIn(text: string): Charged | Trouble {
  const { outcome, reference, reason } = parse(text)
  if (outcome === 'captured' && typeof reference === 'string') return { outcome, reference }
  if (outcome === 'declined' && typeof reason === 'string') return { outcome, reason }
  return { kind: 'not_known', code: 'body', message: `the provider's answer is not a charge:${inShort(text)}` }
}

const inShort = (text: string) => (text === '' ? '' : ` ${cut(text, 200)}`)

function reasonIn(text: string): string | undefined {
  const { reason, code, error } = parse(text)
  const nested = typeof error === 'object' && error !== null ? (error as Record<string, unknown>).code : error
  return [reason, code, nested].find(one => typeof one === 'string' && one !== '') as string | undefined
}

function retryAfterIn({ retryAfter }: HttpAnswer, now: Date): { retryAfterMs: number } | object {
  if (!retryAfter) return {}
  const ms = /^\d+$/.test(retryAfter) ? Number(retryAfter) * 1_000 : Date.parse(retryAfter) - now.getTime()
  return Number.isFinite(ms) && ms > 0 ? { retryAfterMs: Math.min(ms, longestRetryAfterMs) } : {}
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {} // neither a charge nor a reason
  }
}
