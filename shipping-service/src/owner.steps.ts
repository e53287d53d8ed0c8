import type { Tx } from '@docket/chassis/database/database.ts'
import { refused, type Refused } from '@docket/chassis/refused.ts'
import { seesAll, type User } from '@docket/chassis/http/route.ts'
import { customerOf } from './goods.store.ts'

export const isOwn = (user: User, { customerId }: { customerId?: string | null | undefined }) =>
  seesAll(user) || customerId === user.id

/** Customers list what belongs to one of their orders. */
export async function mayNotList(tx: Tx, user: User, orderId: string | undefined): Promise<Refused | undefined> {
  if (seesAll(user)) return undefined
  if (orderId === undefined) return refused('order_required', 'Name one of your orders.')
  return isOwn(user, { customerId: await customerOf(tx, orderId) }) ? undefined : noOrder
}

export const noOrder = refused('not_found', 'Nothing is known here of such an order, or it is not yours.')
