import { exit, Failure } from '../../failure.ts'
import type { Account } from '../../client/shapes.ts'
import type { Mgmt } from '../../mgmt.ts'

/** The user of that name. The release before looks for a part of the name only. */
export async function userNamed(mgmt: Mgmt, name: string): Promise<Account> {
  const username = name.trim().toLowerCase()
  const found = await mgmt.api.list<Account>('user', '/users', { username, search: username }, 1_000)
  const user = found.find(one => one.username === username)
  if (!user)
    throw new Failure(`There is no user ${name}.`, {
      status: exit.failed,
      code: 'not_found',
      next: 'see: mgmt users list',
    })
  return user
}
