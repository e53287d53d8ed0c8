import type { Tx } from '@docket/chassis/database/database.ts'
import { refused, type Refused } from '@docket/chassis/refused.ts'
import { publishAbout } from './events.steps.ts'
import { end } from './session.steps.ts'
import { isCurrent, oneUseMs, type Acting, type Claims, type User } from './user.ts'
import { lockForRights, savePassword, type UserRow } from './user.store.ts'

export async function lockManaged(
  tx: Tx,
  id: string,
  operator: Claims & { id: string },
  may: (user: User, acting: Acting) => Refused | undefined = () => undefined,
): Promise<{ user: UserRow; by: string } | Refused> {
  const { user, acting, operators } = await lockForRights(tx, id, operator.id)
  if (!acting || !isCurrent(acting, operator)) return refused('wrong_role', 'Only an operator may do this.')
  if (!user) return refused('not_found', 'There is no such user.')
  return may(user, { id: acting.id, operators }) ?? { user, by: acting.id }
}

export async function setPassword(
  tx: Tx,
  user: User,
  passwordHash: string,
  { by, isForOneUse = false }: { by: string; isForOneUse?: boolean },
): Promise<User> {
  const changed = await savePassword(tx, user, passwordHash, isForOneUse ? oneUseMs : undefined)
  await end(tx, user, 'password_changed')
  const { id: userId, username, rightsVersion } = changed
  await publishAbout(tx, userId, [
    { type: 'user.password_changed', data: { userId, username, rightsVersion, changedBy: by } },
  ])
  return changed
}
