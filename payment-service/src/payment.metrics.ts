import { gauge, histogram, type Measure, type OwnMetric } from '@docket/chassis/metric-registry.ts'
import { countStuck } from './payment.store.ts'
import { ProviderTimeout, troubleOf, type PaymentProvider } from './provider.ts'
import { countWaiting } from './refund.store.ts'

type Call = 'charge' | 'ask' | 'refund'

const calls = histogram(
  'docket_provider_request_duration_seconds',
  'Time of a call of the payment provider, by operation and outcome: captured, declined, unknown, refunded, misconfigured, error, timeout',
  ['call', 'outcome'],
)
const breakerOpen = gauge(
  'docket_provider_breaker_open',
  '1 while the payment provider is called only once a second, because every call fails',
)

const misconfigured = gauge(
  'docket_provider_misconfigured',
  '1 while the payment provider refuses every payment for a reason unrelated to the payment: credentials, address, permissions',
)

export const showMisconfigured = (is: boolean) => misconfigured.set(Number(is))
export const showBreaker = (isOpen: boolean) => breakerOpen.set(Number(isOpen))

export function measured({ charge, find, refund, findRefund }: PaymentProvider): PaymentProvider {
  return {
    charge: payment => observed('charge', charge(payment), ({ outcome }) => outcome),
    find: key => observed('ask', find(key), ({ outcome }) => outcome),
    refund: one => observed('refund', refund(one), ({ outcome }) => outcome),
    findRefund: key => observed('ask', findRefund(key), ({ outcome }) => outcome),
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
    note(outcomeOfError(error))
    throw error
  }
}

/**
 * A refusal by a status is a decline, so it counts as one; errors on our side or the provider's have labels of their
 * own.
 */
function outcomeOfError(error: unknown): string {
  if (error instanceof ProviderTimeout) return 'timeout'
  const { kind } = troubleOf(error)
  return kind === 'refused' ? 'declined' : kind === 'misconfigured' ? kind : 'error'
}

export const metrics: readonly OwnMetric[] = [calls, breakerOpen, misconfigured]

export const measures = (): readonly Measure[] => [
  {
    name: 'docket_payments_stuck',
    help: 'Payments that alone keep failing at the provider, and wait for an operator: mgmt payments retry or give-up',
    labels: [],
    read: async tx => [{ labels: {}, value: await countStuck(tx) }],
  },
  {
    name: 'docket_refunds_waiting',
    help: 'Refunds that failed and wait for an operator, and those that are due for longer than an hour, by state: failed, late',
    labels: ['state'],
    async read(tx) {
      const { failed, late } = await countWaiting(tx)
      return [
        { labels: { state: 'failed' }, value: failed },
        { labels: { state: 'late' }, value: late },
      ]
    },
  },
]
