import type { Tx } from '@docket/chassis/database/database.ts'
import { refused } from '@docket/chassis/refused.ts'
import { seesAll, type User } from '@docket/chassis/http/route.ts'
import { findOwner } from './goods.store.ts'

export const isOwn = (user: User, { customerId }: { customerId?: string | null | undefined }) =>
  seesAll(user) || customerId === user.id

/** Whether the user sees what belongs to an order, which is known here as soon as it has a shipment. */
export async function maySee(tx: Tx, user: User, orderId: string): Promise<boolean> {
  const order = await findOwner(tx, orderId)
  return order !== undefined && isOwn(user, order)
}

export const noOrder = refused('not_found', 'Nothing is known here of such an order, or it is not yours.')
