import { randomBytes } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import mysql from 'mysql2/promise'
import type { Database } from '@docket/chassis/database/database.ts'
import { logger } from '@docket/chassis/log.ts'
import { mysqlDatabase } from '@docket/chassis/database/mysql.ts'
import { addresses } from '@docket/addresses/addresses.ts'
import { secrets } from '@docket/addresses/secrets.ts'

/** A MariaDB database of its own for one test, with user-service's tables; dropped afterwards. */
export async function aMysqlDatabase(t: ExecutionContext<unknown>): Promise<Database & { url: string }> {
  const { dir, mariadb } = addresses()
  const { user, password } = secrets(dir).mariadbRoot
  const name = `test_${randomBytes(6).toString('hex')}`
  const server = `mysql://${user}:${password}@${mariadb.host}:${mariadb.port}`
  const admin = await mysql.createConnection(server)
  await admin.query(`CREATE DATABASE ${name}`)
  const url = `${server}/${name}`
  const db = mysqlDatabase({ url, pool: 6, log: logger('test', 'fatal'), onAppended: () => undefined })
  await db.migrate(new URL('migrations/', import.meta.resolve('@docket/user-service/package.json')))
  t.teardown(async () => {
    await db.close()
    await admin.query(`DROP DATABASE ${name}`)
    await admin.end()
  })
  return { ...db, url }
}
