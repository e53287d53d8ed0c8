import type { Tx } from '@docket/chassis/database/database.ts'
import { publish, type OutgoingEvent } from '@docket/chassis/messaging/outbox.ts'
import { mayPublish } from '@docket/chassis/messaging/published-types.ts'
import type { Role } from '@docket/contract/terms.ts'
import type { User } from './user.ts'
import { takeVersions } from './user.store.ts'

type Fact<E = OutgoingEvent> = E extends OutgoingEvent ? Omit<E, 'key' | 'sequence'> : never

/**
 * Publishes what happened to a user, who is locked. Types that consumers may not know yet are left out: what they must
 * hear at once is said by session.revoked too.
 */
export async function publishAbout(tx: Tx, userId: string, facts: readonly Fact[]): Promise<void> {
  const published = facts.filter(({ type }) => mayPublish(type))
  if (published.length === 0) return
  const first = await takeVersions(tx, userId, published.length)
  await publish(
    tx,
    published.map((fact, at) => ({ ...fact, key: userId, sequence: first + at }) as OutgoingEvent),
  )
}

export const areObserversKnown = () => mayPublish('user.role_changed role observer')

/** What says that a role was changed. To services of the release before an observer is a customer. */
export function roleChanged(before: User, after: User, changedBy: string): Fact {
  const { id: userId, username, rightsVersion } = after
  const [role, previousRole] = [after.role, before.role].map(told) as [Role, Role]
  return { type: 'user.role_changed', data: { userId, username, role, previousRole, rightsVersion, changedBy } }
}

const told = (role: Role): Role => (role === 'observer' && !areObserversKnown() ? 'customer' : role)
