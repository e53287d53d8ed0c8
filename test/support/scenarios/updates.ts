import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { addresses, type ServiceName } from '@docket/addresses/addresses.ts'
import { commandOf, environmentOf } from '@docket/addresses/environment.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import type { Stack } from '../stack.ts'

export const endings = ['completed', 'rejected', 'cancelled']

/** How three orders end: one that can be fulfilled, one for more than there is, one with a card that is declined. */
export async function everyEnding(stack: Stack): Promise<string[]> {
  const [mug, customer] = [await stack.item('mug', 5), await stack.customer()]
  const orders = [
    stack.order(customer, { [mug]: 1 }),
    stack.order(customer, { [mug]: 900 }),
    stack.order(customer, { [mug]: 1 }, 'tok_declined'),
  ]
  return (await Promise.all((await Promise.all(orders)).map(order => stack.end(order)))).map(order => order.status)
}

/** Brings the schema of a service up to date, as is done before its release starts. Returns what it prints. */
export async function migrate(name: ServiceName): Promise<string> {
  const at = addresses()
  const [node = process.execPath, ...args] = commandOf(name)
  const { stdout } = await promisify(execFile)(node, [...args, 'migrate'], {
    env: { PATH: process.env.PATH, ...environmentOf(name, at, secrets(at.dir)) },
    timeout: 20_000,
  })
  return stdout
}
