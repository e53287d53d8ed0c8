import type { Refund } from '../client/shapes.ts'
import { formatMoney } from '@docket/contract/money.ts'
import type { Look } from './look.ts'
import { clean, facts, table } from './table.ts'
import { moment } from './times.ts'

const words = (code: string) => clean(code.replaceAll('_', ' '))

const statusOf = ({ status, cause }: Pick<Refund, 'status' | 'cause'>) =>
  status === 'failed' && cause !== undefined ? `failed: ${words(cause)}` : words(status)

const money = ({ amount, currency }: Pick<Refund, 'amount' | 'currency'>) =>
  `${formatMoney(amount, currency)} ${clean(currency)}`

export function renderRefunds(refunds: readonly Refund[], look: Look): string {
  if (refunds.length === 0) return 'no refunds'
  const rows = refunds.map(refund => [
    refund.id,
    refund.orderId,
    statusOf(refund),
    money(refund),
    moment(refund.updatedAt, look),
    words(refund.reason),
  ])
  return table(['REFUND', 'ORDER', 'STATUS', 'AMOUNT', 'CHANGED', 'REASON'], rows, look, [3], [5, 4, 1, 2])
}

export function renderRefund(refund: Refund, look: Look): string {
  const { requested, amount, currency } = refund
  return facts(
    [
      ['refund', refund.id],
      ['order', refund.orderId],
      ['status', statusOf(refund)],
      ['amount', money(refund)],
      ['requested', requested === amount ? undefined : `${money({ amount: requested, currency })}, more than was left`],
      ['reason', words(refund.reason)],
      ['note', refund.note && clean(refund.note)],
      ['decided by', refund.decidedBy],
      ['given by', refund.givenBy],
      ['created', moment(refund.createdAt, look)],
      ['changed', moment(refund.updatedAt, look)],
    ],
    look,
  )
}
