import { randomUUID } from 'node:crypto'
import type { Payment } from '../../client/shapes.ts'
import type { Mgmt } from '../../mgmt.ts'

/** An operator's decision about a stuck payment. */
export const release = (
  mgmt: Mgmt,
  orderId: string,
  what: 'retry' | 'give-up',
  idempotencyKey: string = randomUUID(),
) =>
  mgmt.api.send<Payment>('payment', 'POST', `/payments/${encodeURIComponent(orderId)}/${what}`, undefined, {
    idempotencyKey,
  })
