import { execFile } from 'node:child_process'
import { existsSync, readFileSync, renameSync, rmSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import mysql from 'mysql2/promise'
import type { Addresses } from '@docket/addresses/addresses.ts'
import { certificatesOf } from '@docket/addresses/environment.ts'
import { ownFolder } from '@docket/addresses/own-folder.ts'
import { writeState } from '@docket/addresses/state-file.ts'
import { mariadbPrograms, type MariadbPrograms } from './programs.ts'
import type { Secrets } from '@docket/addresses/secrets.ts'
import type { Server } from './server.ts'

const run = promisify(execFile)

export function mariadbServer(at: Addresses, keys: Secrets): Server {
  const { host, port } = at.mariadb
  const folder = join(at.dir, 'mariadb')
  const data = join(folder, 'data')
  const users = join(folder, 'users.sql')
  return {
    name: 'mariadb',
    address: `${host}:${port}`,
    ports: [port],
    async prepare(print) {
      const programs = await mariadbPrograms(print)
      ownFolder(folder)
      rmSync(join(folder, linkToPrograms), { force: true })
      symlinkSync(programs.base, join(folder, linkToPrograms))
      if (!existsSync(data)) await initialise(programs, folder)
      writeState(users, databaseAndUsers(keys), { mode: 0o600 })
      return {
        name: 'mariadb',
        cwd: folder,
        env: programs.env,
        command: [programs.server, ...serverArguments(at, programs, folder, users)],
      }
    },
    async probe() {
      const { user, password } = keys.mariadbUsers
      const connection = await mysql.createConnection({
        host,
        port,
        user,
        password,
        database: 'users',
        connectTimeout: 2_000,
        ...(at.isSecured && { ssl: { ca: readFileSync(certificatesOf(at.dir).authority, 'utf8') } }),
      })
      await connection.end()
    },
    async furnish() {
      // the server has done it by itself before it was ready: see databaseAndUsers
    },
  }
}

function serverArguments(at: Addresses, programs: MariadbPrograms, folder: string, users: string): string[] {
  const { host, port } = at.mariadb
  const data = join(folder, 'data')
  return [
    '--no-defaults',
    ...asRoot(),
    `--basedir=${programs.base}`,
    `--datadir=${data}`,
    `--lc-messages-dir=${programs.messages}`,
    `--port=${port}`,
    `--bind-address=${host}`,
    '--skip-name-resolve',
    // in the data folder, whose whole path may be longer than the 107 characters that a socket's may have
    '--socket=mariadb.sock',
    `--pid-file=${join(folder, 'mariadb.pid')}`,
    `--tmpdir=${data}`,
    `--init-file=${users}`,
    '--innodb-flush-log-at-trx-commit=1',
    ...(at.hasRowLogs ? ['--log-bin=binlog', '--binlog-format=ROW', '--server-id=1'] : []),
    '--innodb-buffer-pool-size=64M',
    '--innodb-log-file-size=48M',
    '--key-buffer-size=1M',
    '--aria-pagecache-buffer-size=8M',
    ...(at.isSecured ? tlsOptions(at.dir) : ['--skip-ssl']), // or it generates a key at each start, for seconds
    '--performance-schema=OFF',
    '--max-connections=100',
    '--character-set-server=utf8mb4',
    '--collation-server=utf8mb4_bin',
    '--default-time-zone=+00:00',
  ]
}

/** Over TCP nobody comes in without TLS. */
function tlsOptions(dir: string): string[] {
  const { certificate, key } = certificatesOf(dir)
  return [`--ssl-cert=${certificate}`, `--ssl-key=${key}`, '--require-secure-transport=ON']
}

/** What the server runs at each start, before it lets anybody in: so there is no moment without passwords. */
function databaseAndUsers(keys: Secrets): string {
  const account = ({ user, password }: { user: string; password: string }, host: string) => {
    const name = `${mysql.escape(user)}@'${host}'`
    return {
      made: `CREATE USER IF NOT EXISTS ${name}; ALTER USER ${name} IDENTIFIED BY ${mysql.escape(password)};`,
      may: (rights: string, more = '') => `GRANT ALL ON ${rights} TO ${name}${more};`,
    }
  }
  const roots = ['localhost', '127.0.0.1', '::1'].map(host => account(keys.mariadbRoot, host))
  const users = account(keys.mariadbUsers, '127.0.0.1')
  return [
    'CREATE DATABASE IF NOT EXISTS users;',
    ...roots.flatMap(one => [one.made, one.may('*.*', ' WITH GRANT OPTION')]),
    users.made,
    users.may('users.*'),
    '',
  ]
    .join('\n')
    .replaceAll('; ', ';\n') // one statement a line, or the server does not read it
}

/** To the programs, in the data folder: their whole path may have what a script, or a list of folders, takes for special. */
const linkToPrograms = 'programs'

/** It refuses to be root unless that is said; another account it may not have been given a name for. */
const asRoot = () => (process.getuid?.() === 0 ? ['--user=root'] : [])

/** Under another name first: a folder that was half made would never start. */
async function initialise({ install, env }: MariadbPrograms, folder: string): Promise<void> {
  rmSync(join(folder, 'data.new'), { recursive: true, force: true })
  await run(
    install,
    [
      '--no-defaults',
      ...asRoot(),
      // its script cannot do with a space in a path
      `--basedir=./${linkToPrograms}`,
      '--datadir=./data.new',
      '--auth-root-authentication-method=normal',
      '--skip-test-db',
    ],
    // in /tmp, a MariaDB that starts meanwhile would delete its temporary tables: it takes them for its own, left behind
    { cwd: folder, env: { ...process.env, ...env, TMPDIR: folder } },
  )
  renameSync(join(folder, 'data.new'), join(folder, 'data'))
}
