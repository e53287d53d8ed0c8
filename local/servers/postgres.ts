import { execFile } from 'node:child_process'
import { chownSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import pg from 'pg'
import type { Addresses } from '@docket/addresses/addresses.ts'
import { certificatesOf } from '@docket/addresses/environment.ts'
import { postgresHome, type PostgresHome } from './postgres-home.ts'
import { commandLineOf } from '../processes.ts'
import type { Secrets } from '@docket/addresses/secrets.ts'
import type { Server } from './server.ts'

const run = promisify(execFile)

export function postgresServer(at: Addresses, keys: Secrets): Server {
  const { host, port } = at.postgres
  const asAdmin = async (work: (client: pg.Client) => Promise<unknown>) => {
    const client = new pg.Client({
      host,
      port,
      ...keys.postgresAdmin,
      database: 'postgres',
      connectionTimeoutMillis: 2_000,
      query_timeout: 10_000,
    })
    // without a listener, an error would end this process
    client.on('error', error => console.error(`postgres: ${error.message}`))
    await client.connect()
    await work(client).finally(() => client.end())
  }
  return {
    name: 'postgres',
    address: `${host}:${port}`,
    ports: [port],
    async prepare() {
      const home = postgresHome(at.dir)
      const data = join(home.folder, 'data')
      if (!existsSync(data)) await initialise(home, data, keys)
      forgetStranger(data)
      const settings = {
        listen_addresses: host,
        port,
        unix_socket_directories: '',
        max_connections: 200,
        shared_buffers: '256MB', // four databases; with 128 MB, pages are read and evicted at a thousand orders a second
        wal_level: at.hasRowLogs ? 'logical' : 'replica',
        fsync: 'on',
        synchronous_commit: 'on',
        timezone: 'UTC',
        log_timezone: 'UTC',
        max_wal_size: '1GB',
        checkpoint_timeout: '15min',
        log_checkpoints: 'off',
        ...(at.isSecured && certificateFor(home, at.dir)),
      }
      const options = Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])
      return {
        name: 'postgres',
        command: [...home.as, join(home.bin, 'postgres'), '-D', data, ...options],
        cwd: home.folder,
        stopSignal: 'INT', // its fast shutdown
      }
    },
    probe: () => asAdmin(client => client.query('SELECT 1')),
    furnish: () =>
      asAdmin(async client => {
        for (const [name, password] of Object.entries(keys.roles)) await makeDatabase(client, name, password)
      }),
  }
}

async function makeDatabase(client: pg.Client, name: string, password: string): Promise<void> {
  const { rowCount: roles } = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [name])
  if (roles === 0)
    await client.query(`CREATE ROLE ${client.escapeIdentifier(name)} LOGIN PASSWORD ${client.escapeLiteral(password)}`)
  const { rowCount: databases } = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [name])
  if (databases === 0)
    await client.query(`CREATE DATABASE ${client.escapeIdentifier(name)} OWNER ${client.escapeIdentifier(name)}`)
  // by default, PostgreSQL lets every login connect to every database
  await client.query(`REVOKE ALL ON DATABASE ${client.escapeIdentifier(name)} FROM PUBLIC`)
}

/** PostgreSQL insists on owning its key. */
function certificateFor({ folder, account }: PostgresHome, dir: string) {
  const { certificate, key } = certificatesOf(dir)
  const files = { ssl_cert_file: join(folder, 'server.pem'), ssl_key_file: join(folder, 'server.key') }
  for (const [from, to] of [
    [certificate, files.ssl_cert_file],
    [key, files.ssl_key_file],
  ] as const) {
    writeFileSync(to, readFileSync(from), { mode: 0o600 })
    if (account) chownSync(to, account.uid, account.gid)
  }
  return { ssl: 'on', ...files }
}

/**
 * After a reboot, the pid of a killed server may belong to another process; PostgreSQL takes that for itself, and does
 * not start. So its pid file is removed unless that process runs on this data.
 */
function forgetStranger(data: string): void {
  const file = join(data, 'postmaster.pid')
  if (!existsSync(file)) return
  const pid = Number(readFileSync(file, 'utf8').split('\n')[0])
  if (!commandLineOf(pid)?.includes(data)) rmSync(file)
}

/** Under another name first, because a half-made folder would never start. */
async function initialise(
  { folder, bin, as, account, named }: PostgresHome,
  data: string,
  keys: Secrets,
): Promise<void> {
  const fresh = `${data}.new`
  const passwordFile = join(folder, 'password')
  rmSync(fresh, { recursive: true, force: true })
  writeFileSync(passwordFile, keys.postgresAdmin.password, { mode: 0o600 })
  if (account) chownSync(passwordFile, account.uid, account.gid)
  const [command = '', ...args] = [
    ...as,
    ...named(),
    join(bin, 'initdb'),
    '-D',
    fresh,
    '-U',
    keys.postgresAdmin.user,
    '--auth=scram-sha-256',
    `--pwfile=${passwordFile}`,
    '--encoding=UTF8',
    '--locale-provider=builtin',
    '--builtin-locale=C.UTF-8',
    '--locale=C',
    '--no-instructions',
  ]
  await run(command, args, { cwd: folder })
  rmSync(passwordFile)
  renameSync(fresh, data)
}
