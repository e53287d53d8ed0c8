import { sendOnce } from '../../client/once.ts'
import { exit, Failure } from '../../failure.ts'
import type { Body } from '../../client/generated/requests.ts'
import type { Account } from '../../client/shapes.ts'
import type { Mgmt } from '../../mgmt.ts'

/** The previous release matches parts of a name, so the exact name is picked here. */
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

/** The path names the user's id, so it is safe to resend. */
export async function changeUser<T = Account>(
  mgmt: Mgmt,
  name: string,
  { below = '', ...change }: { method?: 'PATCH'; below?: string; body?: Body; unknown: string },
): Promise<T> {
  const { id } = await userNamed(mgmt, name)
  return sendOnce<T>(mgmt, { service: 'user', path: `/users/${id}${below}`, ...change })
}
