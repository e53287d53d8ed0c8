import type { Payment, PaymentSummary } from '../client/shapes.ts'
import { formatMoney } from '@docket/contract/money.ts'
import type { Look } from './look.ts'
import { clean, facts, table } from './table.ts'
import { moment } from './times.ts'

const statusOf = ({ status, stuckAt }: PaymentSummary) => (stuckAt === undefined ? status : `${status} (stuck)`)

/** An order cancelled before its stock was reserved has a payment without an amount. */
const money = (amount: number, currency: string) =>
  currency === '' ? '–' : `${formatMoney(amount, currency)} ${currency}`

export function renderPayments(payments: readonly PaymentSummary[], look: Look): string {
  if (payments.length === 0) return 'no payments'
  const rows = payments.map(payment => [
    payment.orderId,
    statusOf(payment),
    money(payment.amount, payment.currency),
    moment(payment.updatedAt, look),
    clean(payment.reason?.replaceAll('_', ' ') ?? ''),
  ])
  return table(['ORDER', 'STATUS', 'AMOUNT', 'CHANGED', 'REASON'], rows, look, [2], [4, 3])
}

export function renderPaymentWhole(payment: Payment, look: Look): string {
  const attempts = payment.attempts.map(({ at, kind, outcome, answer }) => [
    moment(at, look),
    clean(kind),
    clean(outcome),
    clean(answer ?? ''),
  ])
  return [
    renderPayment(payment, look),
    ...refundsIn(payment, look),
    ...(attempts.length > 0 ? ['', table(['AT', 'ATTEMPT', 'OUTCOME', 'ANSWER'], attempts, look, [], [3])] : []),
  ].join('\n')
}

function refundsIn({ refunds, openRefunds }: Payment, look: Look): string[] {
  const rows = [
    ...refunds.map(({ status, ...refund }) => ({ ...refund, what: status })),
    ...openRefunds.map(({ status, cause, ...refund }) => ({
      ...refund,
      what: cause === undefined ? status : `${status}: ${cause}`,
    })),
  ].map(({ id, amount, currency, reason, what, at }) => [
    moment(at, look),
    id,
    clean(what.replaceAll('_', ' ')),
    money(amount, currency),
    clean(reason.replaceAll('_', ' ')),
  ])
  return rows.length === 0
    ? []
    : ['', table(['AT', 'REFUND', 'STATUS', 'AMOUNT', 'REASON'], rows, look, [3], [4, 0, 2])]
}

export function renderPayment(payment: Payment, look: Look): string {
  const last = payment.attempts.at(-1)
  return facts(
    [
      ['order', payment.orderId],
      ['payment', payment.id],
      ['status', statusOf(payment)],
      ['reason', payment.reason && clean(payment.reason)],
      ['amount', money(payment.amount, payment.currency)],
      ['refunded', payment.refunded > 0 ? money(payment.refunded, payment.currency) : undefined],
      ['owed', payment.owed > 0 ? money(payment.owed, payment.currency) : undefined],
      ['given up', payment.givenUpAt === undefined ? undefined : moment(payment.givenUpAt, look)],
      ['attempts', String(payment.attempts.length)],
      ['last', last && clean(`${last.kind}: ${last.answer ?? last.outcome}`)],
    ],
    look,
  )
}
