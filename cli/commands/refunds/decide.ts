import { randomUUID } from 'node:crypto'
import { sendOnce } from '../../client/once.ts'
import type { Refund } from '../../client/shapes.ts'
import type { Mgmt } from '../../mgmt.ts'

export const decide = (
  mgmt: Mgmt,
  id: string,
  what: 'retry' | 'by-hand',
  idempotencyKey: string = randomUUID(),
  reason?: string,
) =>
  sendOnce<Refund>(mgmt, {
    service: 'payment',
    path: `/refunds/${encodeURIComponent(id)}/${what}`,
    ...(reason !== undefined && { body: { reason } }),
    key: idempotencyKey,
    unknown: 'whether that was decided',
  })
