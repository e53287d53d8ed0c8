import type { CancelRequest } from '../client/shapes.ts'
import type { Look } from './look.ts'
import { clean, facts } from './table.ts'
import { moment } from './times.ts'

const piecesOf = (pieces: readonly { sku: string; quantity: number }[] = []) =>
  pieces.length > 0 ? clean(pieces.map(({ sku, quantity }) => `${quantity}×${sku}`).join(' ')) : undefined

export function renderCancelRequest(request: CancelRequest, look: Look): string {
  return facts(
    [
      ['request', request.requestId],
      ['order', request.orderId],
      ['status', status(request, look)],
      ['lines', piecesOf(request.lines)],
      ['withdrawn', piecesOf(request.withdrawn)],
      ['refused', piecesOf(request.refused)],
      ['detail', request.detail && clean(request.detail)],
      ['requested', moment(request.requestedAt, look)],
      ['answered', request.answeredAt && moment(request.answeredAt, look)],
    ],
    look,
  )
}

function status({ status: word }: CancelRequest, { colour }: Look): string {
  switch (word) {
    case 'open':
      return colour.cyan('open: it is not decided yet')
    case 'withdrawn':
      return colour.green('withdrawn: nothing of it leaves')
    case 'partly':
      return colour.yellow('partly: some of it had left')
    case 'refused':
      return colour.yellow('refused: all of it had left')
  }
}
