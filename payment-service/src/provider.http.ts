import { fetching } from '@docket/chassis/tracing/tracing.ts'
import { ProviderUnavailable, ProviderTimeout, type Charged, type PaymentProvider } from './provider.ts'

const answerMs = 5_000 // less than the time that an attempt may take

/**
 * A payment provider that is reached by HTTP; the README of this service has its interface. Uses fetch, and with it the
 * memory of an HTTP client: only a service that uses such a provider pays for it.
 */
export function httpProvider(address: string): PaymentProvider {
  const base = address.replace(/\/+$/, '')

  const request = async (
    method: string,
    path: string,
    template: string,
    { headers, ...more }: { headers?: Record<string, string>; body?: string } = {},
  ): Promise<Response> => {
    let response: Response
    try {
      response = await fetching(method, base + path, template, trace =>
        fetch(base + path, {
          method,
          redirect: 'error',
          signal: AbortSignal.timeout(answerMs),
          headers: { ...trace, ...headers },
          ...more,
        }),
      )
    } catch (error) {
      const Failure = error instanceof Error && error.name === 'TimeoutError' ? ProviderTimeout : ProviderUnavailable
      throw new Failure(`the provider did not answer: ${reasonOf(error)}`, { cause: error })
    }
    if (response.status >= 500 || response.status === 429)
      throw new ProviderUnavailable(`the provider answered ${response.status}`)
    return response
  }

  return {
    async charge({ paymentId, amount, currency, token }) {
      const response = await request('POST', '/charges', '/charges', {
        headers: { 'content-type': 'application/json', 'idempotency-key': paymentId },
        body: JSON.stringify({ amount, currency, token }),
      })
      return chargedIn(response)
    },
    async find(paymentId) {
      const response = await request('GET', `/charges/${paymentId}`, '/charges/{id}')
      if (response.status !== 404) return chargedIn(response)
      await response.body?.cancel()
      return { outcome: 'unknown' }
    },
    async refund(paymentId) {
      const response = await request('POST', `/charges/${paymentId}/refund`, '/charges/{id}/refund')
      await response.body?.cancel()
      if (!response.ok)
        throw new Error(`payment ${paymentId} cannot be refunded: the provider answered ${response.status}`)
    },
  }
}

/** Undici says that it failed in the message, and why in the cause. */
const reasonOf = (error: unknown) => {
  if (!(error instanceof Error)) return String(error)
  return error.cause instanceof Error ? error.cause.message || error.message : error.message
}

/** The answer, if it is one that we can stand on; anything else leaves the payment open. */
async function chargedIn(response: Response): Promise<Charged> {
  const text = await response.text().catch((error: unknown) => {
    throw new ProviderUnavailable(`the answer of the provider broke off: ${reasonOf(error)}`, { cause: error })
  })
  if (!response.ok) throw new Error(`the provider refused: ${response.status} ${text.slice(0, 200)}`)
  const { outcome, reference, reason } = parse(text)
  if (outcome === 'captured' && typeof reference === 'string') return { outcome, reference }
  if (outcome === 'declined' && typeof reason === 'string') return { outcome, reason }
  throw new Error(`the provider answered what is no answer: ${text.slice(0, 200)}`)
}

function parse(text: string): Record<string, unknown> {
  try {
    const value: unknown = JSON.parse(text)
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : {}
  } catch {
    return {} // no answer, as above
  }
}
