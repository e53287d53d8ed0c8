import { execFile, spawn } from 'node:child_process'
import { once } from 'node:events'
import { chmodSync, mkdirSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { ExecutionContext } from 'ava'
import { root } from '@docket/addresses/addresses.ts'
import { cacheFolder } from '@docket/local/servers/programs.ts'
import { filesOfCheckout } from './checkout-copy.ts'

// A checkout of its own, as others have one: with what git has, and what is written there.

const execute = promisify(execFile)

export interface Checkout {
  folder: string
  cache: string
  remove(): void
}

export async function aCheckout(name: string): Promise<Checkout> {
  const above = mkdtempSync(join(tmpdir(), 'docket-place-'))
  chmodSync(above, 0o755)
  const [folder, cache] = [join(above, name), join(above, 'cache')]
  mkdirSync(folder, { recursive: true })
  mkdirSync(cache)
  await execute('cp', ['-a', '--parents', ...filesOfCheckout(), folder], { cwd: root })
  await linked(join(root, 'node_modules'), folder)
  rmSync(join(folder, 'node_modules/.cache'), { recursive: true, force: true }) // it is written to
  await linked(cacheFolder(), cache)
  for (const one of ['.lock', 'node-compile-cache'])
    rmSync(join(cache, 'docket', one), { recursive: true, force: true })
  return { folder, cache, remove: () => rmSync(above, { recursive: true, force: true }) }
}

async function linked(from: string, to: string): Promise<void> {
  try {
    await execute('cp', ['-al', from, to])
  } catch {
    await execute('cp', ['-a', from, to])
  }
}

export async function run(
  t: ExecutionContext,
  folder: string,
  command: string[],
  env: Record<string, string>,
): Promise<string> {
  const [program = '', ...args] = command
  const child = spawn(program, args, { cwd: folder, env: { PATH: process.env.PATH, ...env } })
  let output = ''
  for (const stream of [child.stdout, child.stderr]) stream.on('data', chunk => (output += chunk))
  const [status] = (await once(child, 'close')) as [number | null]
  t.is(status, 0, output)
  return output
}
