import { isRefused } from '@docket/chassis/refused.ts'
import { goodwill, leftToRefund, mayRetry, refundOf, type Refund } from '@docket/payment-service/src/refund.ts'
import type { Effect, Service, Step } from '../engine/model.ts'
import type { FulfilmentEvent, PaymentEvent, Told } from './events.ts'
import type { Applies } from './rules.ts'
import { prices, type Scenario } from './scenarios.ts'

export interface PaymentState {
  status: '-' | 'charging' | 'succeeded' | 'failed' | 'void'
  /** A cancellation arrived while the card was being charged, so the charge must be refunded. */
  noted: boolean
  charge: '-' | 'captured' | 'declined'
  captured: number
  refunds: readonly AskedRefund[]
  refunded: number
  byHand: number
  goodwill: number
  declines: number
}

interface AskedRefund extends Refund {
  answer?: 'given' | 'declined'
}

type PaymentEffect = Effect<PaymentState, PaymentEvent>
type PaymentStep = Step<PaymentState, PaymentEvent>

const orderRefund = 'the order'
const goodwillRefund = 'goodwill'

export function paymentService(scenario: Scenario, applies: Applies): Service<PaymentState, FulfilmentEvent> {
  const price = scenario.allocations.reduce((sum, { sku, quantity }) => sum + (prices[sku] ?? 0) * quantity, 0)
  const enough = 4 * price // bounds what a provider refunds when it is asked under different keys

  const leftOf = ({ captured, refunds }: PaymentState) =>
    leftToRefund(captured, applies('p.failed-counts') ? refunds : refunds.filter(({ status }) => status !== 'failed'))

  const withRefund = (state: PaymentState, refund: AskedRefund): PaymentState => ({
    ...state,
    refunds: [...state.refunds.filter(({ id }) => id !== refund.id), refund].sort((a, b) => (a.id < b.id ? -1 : 1)),
  })

  function due(state: PaymentState, { refundId, amount }: Told): PaymentState {
    const known = state.refunds.find(({ id }) => id === refundId)
    if (known && (applies('p.refund-claim') || known.status !== 'given')) return state
    return withRefund(
      state,
      applies('p.clamp') ? refundOf(refundId, amount, leftOf(state)) : { id: refundId, amount, status: 'due' },
    )
  }

  function refundRest(state: PaymentState): PaymentState {
    const isClaimed = state.refunds.some(({ id }) => id === orderRefund)
    const amount = applies('p.rest-only') ? leftOf(state) : state.captured
    return isClaimed || amount <= 0 ? state : withRefund(state, { id: orderRefund, amount, status: 'due' })
  }

  function cancelled(state: PaymentState): PaymentState {
    switch (state.status) {
      case '-':
        return applies('p.tombstone') ? { ...state, status: 'void' } : state
      case 'charging':
        return applies('p.note') ? { ...state, noted: true } : state
      case 'succeeded':
        return applies('p.cancel-refunds') ? refundRest(state) : state
      default:
        return state
    }
  }

  /** The answer may be lost; then asking again returns it. */
  function chargeSteps(state: PaymentState): PaymentStep[] {
    switch (state.charge) {
      case '-':
        return [
          {
            what: 'the provider captures the money',
            state: { ...state, charge: 'captured', captured: state.captured + price },
          },
          { what: 'the provider declines the card', state: { ...state, charge: 'declined' } },
        ]
      case 'declined':
        return [
          {
            what: 'payment-service learns that the card was declined',
            state: { ...state, status: 'failed' },
            publishes: [{ type: 'payment.failed' }],
          },
        ]
      case 'captured': {
        const what = 'payment-service learns that the money was captured'
        const succeeded: PaymentState = { ...state, status: 'succeeded' }
        return [
          state.noted
            ? { what, state: refundRest(succeeded) }
            : { what, state: succeeded, publishes: [{ type: 'payment.succeeded' }] },
          ...(applies('p.charge-key') || state.captured > price
            ? []
            : [
                {
                  what: 'the answer is lost, and the card is charged under another key',
                  state: { ...state, captured: state.captured + price },
                },
              ]),
        ]
      }
    }
  }

  function refundSteps(state: PaymentState, { id, amount, status, answer }: AskedRefund): PaymentStep[] {
    const becomes = (what: string, after: AskedRefund, change: Partial<PaymentState> = {}): PaymentStep => ({
      what,
      state: withRefund({ ...state, ...change }, after),
    })
    const given = { refunded: state.refunded + amount }
    if (answer === 'given')
      return [
        becomes(`payment-service learns that the refund of ${id} was given`, { id, amount, status: 'given' }),
        ...(applies('p.refund-key') || state.refunded > enough
          ? []
          : [
              becomes(
                `the answer is lost, and the refund of ${id} is asked for under another key`,
                { id, amount, status, answer },
                given,
              ),
            ]),
      ]
    if (answer === 'declined')
      return [
        becomes(`payment-service learns that the refund of ${id} was declined`, { id, amount, status: 'failed' }),
        becomes(`the answer about the refund of ${id} is lost`, { id, amount, status: 'due' }),
      ]
    if (status === 'due')
      return [
        becomes(`the provider refunds ${amount} of ${id}`, { id, amount, status, answer: 'given' }, given),
        ...(state.declines < scenario.declines
          ? [
              becomes(
                `the provider declines the refund of ${id}`,
                { id, amount, status, answer: 'declined' },
                { declines: state.declines + 1 },
              ),
            ]
          : []),
      ]
    const isByHand = status === 'by_hand'
    if (isByHand && !applies('p.hand-guard'))
      return [
        becomes(`an operator tries the refund of ${id} again after giving it by hand`, { id, amount, status: 'due' }),
      ]
    if (!mayRetry({ status }) || !applies('p.retry')) return []
    return [
      becomes(`an operator tries the refund of ${id} again`, { id, amount, status: 'due' }),
      becomes(
        `an operator gives the refund of ${id} by hand`,
        { id, amount, status: 'by_hand' },
        { byHand: state.byHand + amount },
      ),
    ]
  }

  function goodwillSteps(state: PaymentState): PaymentStep[] {
    const amount = scenario.goodwill
    const known = state.refunds.find(({ id }) => id === goodwillRefund)
    const isRepeated = known?.status === 'given' && !applies('p.goodwill-claim') && state.refunded <= enough
    if (amount === 0 || (known && !isRepeated)) return []
    const refund = goodwill(goodwillRefund, amount, leftOf(state), 'EUR')
    if (isRefused(refund) && !isRepeated && applies('p.goodwill-limit')) return []
    const given: Refund = { id: goodwillRefund, amount, status: 'due' }
    return [
      {
        what: `an operator gives ${amount} as goodwill`,
        state: withRefund({ ...state, goodwill: amount }, isRefused(refund) ? given : refund),
      },
    ]
  }

  return {
    start: {
      status: '-',
      noted: false,
      charge: '-',
      captured: 0,
      refunds: [],
      refunded: 0,
      byHand: 0,
      goodwill: 0,
      declines: 0,
    },
    handle(state, event): PaymentEffect[] {
      switch (event.type) {
        case 'stock.reserved':
          if (state.status === '-') return [{ state: { ...state, status: 'charging' } }]
          return [
            {
              state:
                applies('p.reserved-claim') || state.status === 'charging'
                  ? state
                  : { ...state, status: 'charging', charge: '-' },
            },
          ]
        case 'order.cancelled':
          return [{ state: cancelled(state) }]
        case 'order.lines_cancelled':
        case 'order.lines_returned':
          return [{ state: state.status === 'succeeded' ? due(state, event.refund) : state }]
        default:
          return [{ state }]
      }
    },
    violates: state => (leftOf(state) < 0 ? 'payment-service: CHECK (refunded <= captured)' : undefined),
    steps: state => [
      ...(state.status === 'charging' ? chargeSteps(state) : []),
      ...state.refunds.flatMap(refund => refundSteps(state, refund)),
      ...(state.status === 'succeeded' ? goodwillSteps(state) : []),
    ],
    problems: ({ captured, refunded, byHand, refunds }) => [
      ...(captured > price ? ['I2 charged twice'] : []),
      ...(refunded + byHand > captured ? ['I4 refunded more than captured'] : []),
      ...(leftToRefund(captured, refunds) < 0 ? ['L3 refunds given, due and failed are more than was captured'] : []),
    ],
  }
}

export const keptMoney = ({ captured, refunded, byHand }: PaymentState) => captured - refunded - byHand
