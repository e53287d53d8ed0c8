import { chmodSync, existsSync, readdirSync, rmSync, rmdirSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'
import { makeFolder } from '@docket/addresses/own-folder.ts'
import { removePostgresHome } from './servers/postgres-home.ts'
import { namesOfRunning } from './processes.ts'

const usual = join(root, '.local')
const mark = '.made-by-docket'
const ours = new Set([
  'kafka',
  'kafka-2',
  'kafka-3',
  'kafka-cluster-id',
  'provider',
  'postgres',
  'mariadb',
  'logs',
  'run',
  'tls',
  'secrets.json',
  'operator-password',
  'jwt-signing-key.pem',
  'jwks.json',
  mark,
  '.lock',
])

/**
 * Makes the data folder. Marks one that is new, so that it may be deleted whole: LOCAL_DIR may be anything, somebody's
 * home as well.
 */
export function claimFolder(dir: string): void {
  const isNew = !existsSync(dir) || readdirSync(dir).every(name => name === 'run')
  makeFolder(dir)
  if (!isNew && dir !== usual) return
  chmodSync(dir, 0o711) // PostgreSQL's account has to get through; what is in it is each for its owner only
  writeFileSync(join(dir, mark), 'Everything in this folder may be deleted: ./bin/down-local.sh --purge\n')
}

/**
 * Deletes the data folder, without the stacks in it that run, and without what may be somebody else's. Returns what it
 * left.
 */
export function removeFolder(dir: string): string[] {
  const wholly = existsSync(join(dir, mark))
  const left = readdirSync(dir).filter(name => !remove(dir, name, wholly))
  if (left.length === 0) rmdirSync(dir)
  if (dirname(dir) === usual && existsSync(usual) && readdirSync(usual).length === 0) rmdirSync(usual)
  return left.map(name => join(dir, name))
}

function remove(dir: string, name: string, wholly: boolean): boolean {
  const path = join(dir, name)
  const isStack = existsSync(join(path, 'run'))
  if (isStack && namesOfRunning(path).length > 0) return false
  if (!wholly && !ours.has(name)) return false
  if (isStack) removePostgresHome(path)
  rmSync(path, { recursive: true, force: true })
  return true
}
