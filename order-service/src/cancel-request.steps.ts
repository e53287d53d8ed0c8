import type { Tx } from '@docket/chassis/database/database.ts'
import { publish } from '@docket/chassis/messaging/outbox.ts'
import { mayPublish } from '@docket/chassis/messaging/published-types.ts'
import { isRefused, type Refused } from '@docket/chassis/refused.ts'
import type { NewCancelRequest } from './cancel-request.ts'
import { insertCancelRequest } from './cancel-request.store.ts'
import { saveLines, saveStatuses, type StoredFulfilment } from './fulfilment.store.ts'
import { mayRequestCancel, notCancelled, type Pieces } from './order-lines.ts'
import { alreadyAccepted } from './order.ts'
import { ours } from './order.steps.ts'
import { piecesInWords } from './timeline.ts'
import { writeTimeline } from './timeline.store.ts'

/**
 * Asks shipping-service to withdraw these lines, or all that is left of the order. While replicas of the previous
 * release are running, nobody is asked, and an accepted order is not cancelled.
 */
export async function requestCancel(
  tx: Tx,
  order: StoredFulfilment,
  request: Pick<NewCancelRequest, 'id' | 'detail' | 'requestedBy'> & { lines: readonly Pieces[] | undefined },
): Promise<'requested' | Refused> {
  const lines = request.lines ?? notCancelled(order.lines)
  const may = mayRequestCancel(order.status, order.lines, lines)
  if (isRefused(may)) return may
  if (!mayPublish('order.cancel_requested')) return alreadyAccepted
  insertCancelRequest(tx, { ...request, lines, orderId: order.id })
  const version = order.version + 1
  saveStatuses(tx, [{ ...order, version, reason: null, detail: null, hasLines: true, isEnding: false }])
  saveLines(
    tx,
    order.lines.map(line => ({ ...line, orderId: order.id })),
  )
  const { id: requestId, detail, requestedBy } = request
  writeTimeline(tx, [
    { ...ours(order.id, 'order.cancel_requested', piecesInWords(lines)), ref: requestId, mayRepeat: true },
  ])
  await publish(tx, [
    {
      type: 'order.cancel_requested',
      key: order.id,
      sequence: version,
      data: {
        orderId: order.id,
        requestId,
        lines: [...lines],
        ...(detail !== null && { detail }),
        requestedBy,
      },
    },
  ])
  return 'requested'
}
