import { migrationsByRelease, type ReleasedMigrations } from '@docket/chassis/database/migrations.ts'
import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { addresses, root, type ServiceName } from '@docket/addresses/addresses.ts'
import { commandOf, environmentOf } from '@docket/addresses/environment.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import type { Stack } from '../stack.ts'

export const endings = ['completed', 'rejected', 'cancelled']

export async function everyEnding(stack: Stack): Promise<string[]> {
  const [mug, customer] = [await stack.item('mug', 5), await stack.customer()]
  const orders = [
    stack.order(customer, { [mug]: 1 }),
    stack.order(customer, { [mug]: 900 }),
    stack.order(customer, { [mug]: 1 }, 'tok_declined'),
  ]
  return (await Promise.all((await Promise.all(orders)).map(order => stack.end(order)))).map(order => order.status)
}

/**
 * Brings the schema of a service up to date, as is done before its release starts, or what `args` say. Returns what it
 * prints; throws, with that and its status, when it ends with another one than 0.
 */
export async function migrate(name: ServiceName, ...args: string[]): Promise<string> {
  const at = addresses()
  const [node = process.execPath, ...command] = commandOf(name)
  const { stdout } = await promisify(execFile)(node, [...command, 'migrate', ...args], {
    env: { PATH: process.env.PATH, ...environmentOf(name, at, secrets(at.dir)) },
    timeout: 20_000,
  })
  return stdout
}

export function migrationsOf(name: ServiceName, release: string): string {
  const releases = JSON.parse(readFileSync(join(root, name, 'migrations/releases.json'), 'utf8')) as ReleasedMigrations
  return String(migrationsByRelease(releases).get(release))
}
