import type { Return } from '../client/shapes.ts'
import type { Look } from './look.ts'
import { clean, facts, table } from './table.ts'
import { moment } from './times.ts'

export const returnedLines = ({ lines }: Return) =>
  clean(lines.map(({ sku, quantity, condition }) => `${quantity}×${sku}${condition ? ` ${condition}` : ''}`).join(', '))

export function renderReturns(returns: readonly Return[], look: Look): string {
  if (returns.length === 0) return 'no returns'
  const rows = returns.map(one => [one.id, one.kind, one.status, returnedLines(one), one.orderId])
  return table(['RETURN', 'KIND', 'STATUS', 'LINES', 'ORDER'], rows, look, [], [4, 3])
}

export const renderReturn = (one: Return, look: Look): string =>
  facts(
    [
      ['return', one.id],
      ['order', one.orderId],
      ['shipment', one.shipmentId],
      ['kind', one.kind],
      ['status', one.status],
      ['lines', returnedLines(one)],
      ['at', one.location && clean(one.location)],
      ['lost in', one.lostIn],
      ['detail', one.detail && clean(one.detail)],
      ['announced', moment(one.createdAt, look)],
      ['ended', one.endedAt && moment(one.endedAt, look)],
    ],
    look,
  )
