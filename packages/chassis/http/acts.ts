import { cut } from '@docket/foundation/cut.ts'
import type { Tx } from '../database/database.ts'
import { newId } from '../id.ts'
import { publish, type OutgoingEvent } from '../messaging/outbox.ts'
import type { Role } from '@docket/contract/terms.ts'

/** Something that an operator or an observer did, or saw: one line of `mgmt audit list`. */
export interface Act {
  /** A noun and a verb, such as `stock.adjusted`. */
  act: string
  on: { kind: string; id: string }
  orderId?: string | undefined
  /** Why, in the words of who did it. */
  reason?: string | null | undefined
  detail?: string | undefined
}

interface Actor {
  user: { id: string; username: string; role: Role } | undefined
  ip: string
}

/** Publishes acts in the transaction in which they are done, so that nothing is done without a record of it. */
export async function publishActs(tx: Tx, { user, ip }: Actor, acts: readonly Act[]): Promise<void> {
  if (!user) throw new Error('an act without a user cannot be recorded')
  const by = { userId: user.id, username: cut(user.username, 64), role: user.role }
  await publish(
    tx,
    acts.map(({ act, on, orderId, reason, detail }): OutgoingEvent => {
      const actId = newId()
      return {
        type: 'operator.acted',
        key: actId, // each act is an aggregate of its own, so acts need no common sequence
        sequence: 1,
        data: {
          actId,
          act,
          by,
          from: ip,
          on: { kind: on.kind, id: cut(on.id, longestId) },
          ...(orderId !== undefined && { orderId }),
          ...(reason && { reason: cut(reason, longestText) }),
          ...(detail && { detail: cut(detail, longestText) }),
        },
      }
    }),
  )
}

const longestId = 128 // characters, as in events/audit-events
const longestText = 500
