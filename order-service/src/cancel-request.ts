import type { CancelRequestStatus } from '@docket/contract/terms.ts'
import type { Pieces, PlacedPieces } from './order-lines.ts'

export interface CancelRequest {
  id: string
  orderId: string
  lines: readonly Pieces[]
  detail: string | null
  requestedBy: string
  requestedAt: Date
  /** Null until shipping-service has answered; so are the next two. */
  withdrawn: readonly PlacedPieces[] | null
  refused: readonly Pieces[] | null
  answeredAt: Date | null
}

export type NewCancelRequest = Pick<CancelRequest, 'id' | 'orderId' | 'lines' | 'detail' | 'requestedBy'>

export function statusOfRequest({
  withdrawn,
  refused,
}: Pick<CancelRequest, 'withdrawn' | 'refused'>): CancelRequestStatus {
  if (!withdrawn) return 'open'
  if (withdrawn.length === 0) return 'refused'
  return refused && refused.length > 0 ? 'partly' : 'withdrawn'
}
