import { randomUUID } from 'node:crypto'
import { sendOnce } from '../../client/once.ts'
import type { Payment } from '../../client/shapes.ts'
import type { Mgmt } from '../../mgmt.ts'

export const release = (
  mgmt: Mgmt,
  orderId: string,
  what: 'retry' | 'give-up',
  idempotencyKey: string = randomUUID(),
  reason?: string,
) =>
  sendOnce<Payment>(mgmt, {
    service: 'payment',
    path: `/payments/${encodeURIComponent(orderId)}/${what}`,
    ...(reason !== undefined && { body: { reason } }),
    key: idempotencyKey,
    unknown: 'whether that was decided',
  })
