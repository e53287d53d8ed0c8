import { messageOf } from '@docket/foundation/errors.ts'
import { fetching } from '@docket/chassis/tracing/tracing.ts'
import { isNobodys, readAnswer, readRefund, type HttpAnswer } from './provider.answer.ts'
import {
  ProviderError,
  ProviderTimeout,
  ProviderUnavailable,
  type Charged,
  type PaymentProvider,
  type Refunded,
  type Trouble,
} from './provider.ts'

const answerMs = 5_000 // including the body; less than the time limit of an attempt

/**
 * A payment provider over HTTP; its interface is in the README of this service. It uses fetch, and with it the memory
 * of an HTTP client, so only a service that needs such a provider loads it.
 */
export function httpProvider(address: string): PaymentProvider {
  const base = address.replace(/\/+$/, '')

  const request = async (
    method: string,
    path: string,
    template: string,
    { headers, ...more }: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<HttpAnswer> => {
    try {
      const response = await fetching(method, base + path, template, trace =>
        fetch(base + path, {
          method,
          redirect: 'error',
          signal: AbortSignal.timeout(answerMs),
          headers: { ...trace, ...headers },
          ...more,
        }),
      )
      return {
        status: response.status,
        contentType: response.headers.get('content-type') ?? '',
        retryAfter: response.headers.get('retry-after'),
        text: await response.text(),
      }
    } catch (error) {
      const message = `the provider did not answer: ${reasonOf(error)}`
      if (isNotSent(error)) throw new ProviderError({ kind: 'not_sent', code: 'transport', message }, { cause: error })
      const Failure = error instanceof Error && error.name === 'TimeoutError' ? ProviderTimeout : ProviderUnavailable
      throw new Failure(message, { cause: error })
    }
  }

  return {
    async charge({ key, paymentId, amount, currency, token }) {
      const body = { amount, currency, token, payment: paymentId }
      const answer = await request('POST', '/charges', '/charges', keyed(key, body))
      return chargeOrThrow(readAnswer(answer, new Date()))
    },
    async find(key) {
      const answer = await request('GET', `/charges/${key}`, '/charges/{id}')
      if (isUnknown(answer)) return { outcome: 'unknown' }
      return chargeOrThrow(readAnswer(answer, new Date()))
    },
    // two calls: a provider that can refund whole charges only must not take a part for the whole
    async refund({ key, refundId, chargeKey, amount, currency, isWhole }) {
      const [path, template] = isWhole
        ? [`/charges/${chargeKey}/refund`, '/charges/{id}/refund']
        : ['/refunds', '/refunds']
      const body = { charge: chargeKey, amount, currency, refund: refundId }
      const answer = await request('POST', path, template, keyed(key, body))
      return refundedOrThrow(readRefund(answer, new Date(), isWhole), chargeKey)
    },
    async findRefund(key) {
      const answer = await request('GET', `/refunds/${key}`, '/refunds/{id}')
      if (isUnknown(answer)) return { outcome: 'unknown' }
      return refundedOrThrow(readRefund(answer, new Date(), false), key)
    },
  }
}

const keyed = (key: string, body: object) => ({
  headers: { 'content-type': 'application/json', 'idempotency-key': key },
  body: JSON.stringify(body),
})

const isUnknown = (answer: HttpAnswer) => answer.status === 404 && !isNobodys(answer)

function chargeOrThrow(answer: Charged | Trouble): Charged {
  if ('kind' in answer) throw new ProviderError(answer)
  return answer
}

function refundedOrThrow(answer: Refunded | Trouble, key: string): Refunded {
  if (!('kind' in answer)) return answer
  throw new ProviderError({ ...answer, message: `${key} cannot be refunded: ${answer.message}` })
}

const beforeAnyConnection = new Set(['ECONNREFUSED', 'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH'])

/** Without a connection, no charge can have been sent. */
const isNotSent = (error: unknown) => {
  const cause = error instanceof Error ? (error.cause as { code?: unknown } | undefined) : undefined
  return typeof cause?.code === 'string' && beforeAnyConnection.has(cause.code)
}

/** Undici's message says only that it failed; the reason is in its cause. */
const reasonOf = (error: unknown) => messageOf(error instanceof Error ? (error.cause ?? error) : error)
