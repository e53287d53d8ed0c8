import type { Payment } from '../client/shapes.ts'
import { formatMoney } from '../input/money.ts'
import type { Look } from './look.ts'
import { clean, facts } from './table.ts'
import { moment } from './times.ts'

export function renderPayment(payment: Payment, look: Look): string {
  const last = payment.attempts.at(-1)
  return facts(
    [
      ['order', payment.orderId],
      ['payment', payment.id],
      ['status', payment.stuckAt === undefined ? payment.status : `${payment.status} (stuck)`],
      ['reason', payment.reason && clean(payment.reason)],
      ['amount', `${formatMoney(payment.amount, payment.currency)} ${payment.currency}`],
      ['given up', payment.givenUpAt === undefined ? undefined : moment(payment.givenUpAt, look)],
      ['attempts', String(payment.attempts.length)],
      ['last', last && clean(`${last.kind}: ${last.answer ?? last.outcome}`)],
    ],
    look,
  )
}
