import { sendOnce } from '../../client/once.ts'
import { exit, Failure } from '../../failure.ts'
import type { Body } from '../../client/generated/requests.ts'
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

/** Changes the user of that name at `/users/:id` and what is below it, however often it has to be sent. */
export async function changeUser<T = Account>(
  mgmt: Mgmt,
  name: string,
  { below = '', ...change }: { method?: 'PATCH'; below?: string; body?: Body; unknown: string },
): Promise<T> {
  const { id } = await userNamed(mgmt, name)
  return sendOnce<T>(mgmt, { service: 'user', path: `/users/${id}${below}`, ...change })
}
