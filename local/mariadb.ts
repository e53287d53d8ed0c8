import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { existsSync, mkdirSync, renameSync, rmSync } from 'node:fs'
import { tmpdir, userInfo } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import mysql from 'mysql2/promise'
import type { Addresses } from './addresses.ts'
import { mariadbPrograms } from './programs.ts'
import type { Secrets } from './secrets.ts'
import type { Server } from './server.ts'

const run = promisify(execFile)

/** MariaDB, which speaks MySQL's protocol, with the durability of production. */
export function mariadbServer(at: Addresses, keys: Secrets): Server {
  const { host, port } = at.mariadb
  const data = join(at.dir, 'mariadb')
  const rootWith = (password: string) => mysql.createConnection({ host, port, user: keys.mariadbRoot.user, password, connectTimeout: 2_000 })
  return {
    name: 'mariadb', address: `${host}:${port}`, ports: [port],
    async prepare() {
      const base = await mariadbPrograms()
      const env = { LD_LIBRARY_PATH: join(base, 'libs') }
      mkdirSync(at.dir, { recursive: true })
      if (!existsSync(data)) await initialise(base, data, env)
      return {
        name: 'mariadb', cwd: base, env,
        command: [
          join(base, 'bin/mariadbd'), '--no-defaults', `--user=${userInfo().username}`, '--basedir=.', `--datadir=${data}`, '--lc-messages-dir=share', `--port=${port}`,
          `--bind-address=${host}`, `--socket=${mariadbSocket(at.dir)}`, '--innodb-flush-log-at-trx-commit=1', '--innodb-buffer-pool-size=64M', '--innodb-log-file-size=48M',
          '--performance-schema=OFF', '--max-connections=100', '--skip-name-resolve', '--character-set-server=utf8mb4', '--collation-server=utf8mb4_bin', '--default-time-zone=+00:00',
        ],
      }
    },
    async probe() {
      const connection = await rootWith(keys.mariadbRoot.password).catch(() => rootWith('')) // no password yet at the first start
      await connection.end()
    },
    async furnish() {
      await setRootPassword(rootWith, keys)
      const connection = await rootWith(keys.mariadbRoot.password)
      const { user, password } = keys.mariadbUsers
      await connection.query('CREATE DATABASE IF NOT EXISTS users')
      await connection.query(`CREATE USER IF NOT EXISTS ${connection.escape(user)}@'127.0.0.1' IDENTIFIED BY ${connection.escape(password)}`)
      await connection.query(`GRANT ALL ON users.* TO ${connection.escape(user)}@'127.0.0.1'`)
      await connection.end()
    },
  }
}

/** A path short enough for a socket (107 characters), whatever folder the stack is in. */
export const mariadbSocket = (dir: string) => join(tmpdir(), `docket-${createHash('sha256').update(dir).digest('hex').slice(0, 12)}.sock`)

async function setRootPassword(rootWith: (password: string) => Promise<mysql.Connection>, keys: Secrets): Promise<void> {
  const open = await rootWith('').catch(() => undefined) // refused: the password is set already
  if (!open) return
  for (const from of ['localhost', '127.0.0.1', '::1']) {
    await open.query(`CREATE USER IF NOT EXISTS ${open.escape(keys.mariadbRoot.user)}@${open.escape(from)}`)
    await open.query(`GRANT ALL ON *.* TO ${open.escape(keys.mariadbRoot.user)}@${open.escape(from)} WITH GRANT OPTION`)
    await open.query(`ALTER USER ${open.escape(keys.mariadbRoot.user)}@${open.escape(from)} IDENTIFIED BY ${open.escape(keys.mariadbRoot.password)}`)
  }
  await open.end()
}

/** Under another name first: a folder that was half made would never start. */
async function initialise(base: string, data: string, env: Record<string, string>): Promise<void> {
  const fresh = `${data}.new`
  rmSync(fresh, { recursive: true, force: true })
  await run(join(base, 'scripts/mariadb-install-db'), [
    '--no-defaults', `--user=${userInfo().username}`, '--basedir=.', `--datadir=${fresh}`, '--auth-root-authentication-method=normal', '--skip-test-db',
  ], { cwd: base, env: { ...process.env, ...env } })
  renameSync(fresh, data)
}
