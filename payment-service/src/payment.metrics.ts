import { gauge, histogram, type OwnMetric } from '@docket/chassis/metric-registry.ts'
import { ProviderTimeout, type PaymentProvider } from './provider.ts'

type Call = 'charge' | 'ask' | 'refund'

const calls = histogram(
  'docket_provider_request_duration_seconds',
  'Time of a call of the payment provider, by operation and outcome: captured, declined, unknown, refunded, error, timeout',
  ['call', 'outcome'],
)
const breakerOpen = gauge(
  'docket_provider_breaker_open',
  '1 while the payment provider is left alone, because it failed every time',
)

export const showBreaker = (isOpen: boolean) => breakerOpen.set(Number(isOpen))

/** The provider, with every call of it measured. */
export function measured({ charge, find, refund }: PaymentProvider): PaymentProvider {
  return {
    charge: payment => observed('charge', charge(payment), ({ outcome }) => outcome),
    find: paymentId => observed('ask', find(paymentId), ({ outcome }) => outcome),
    refund: paymentId => observed('refund', refund(paymentId), () => 'refunded'),
  }
}

async function observed<T>(call: Call, work: Promise<T>, outcomeOf: (answer: T) => string): Promise<T> {
  const startedMs = performance.now()
  const note = (outcome: string) => calls.observe({ call, outcome }, (performance.now() - startedMs) / 1_000)
  try {
    const answer = await work
    note(outcomeOf(answer))
    return answer
  } catch (error) {
    note(error instanceof ProviderTimeout ? 'timeout' : 'error')
    throw error
  }
}

export const metrics: readonly OwnMetric[] = [calls, breakerOpen]
