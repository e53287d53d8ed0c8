import { randomBytes } from 'node:crypto'
import type { ExecutionContext } from 'ava'
import mysql from 'mysql2/promise'
import type { Database } from '@docket/chassis/database/database.ts'
import { logger } from '@docket/chassis/log.ts'
import { mysqlDatabase } from '@docket/chassis/database/mysql.ts'
import { addresses } from '@docket/addresses/addresses.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import { migrationsOf, type ScratchDatabase } from './database.ts'

export async function aMysqlDatabase(t: ExecutionContext<unknown>): Promise<Database & { url: string }> {
  const { db, url, drop } = await aScratchMysqlDatabase(migrationsOf('user-service'))
  t.teardown(drop)
  return { ...db, url }
}

export async function aScratchMysqlDatabase(folder: URL): Promise<ScratchDatabase> {
  const server = serverUrl()
  const name = `test_${randomBytes(6).toString('hex')}`
  const admin = await mysql.createConnection(server)
  await admin.query(`CREATE DATABASE ${name}`)
  const url = `${server}/${name}`
  const db = mysqlDatabase({ url, pool: 6, log: logger('test', 'fatal'), onAppended: () => undefined })
  await db.migrate(folder)
  return {
    db,
    url,
    async drop() {
      await db.close()
      await admin.query(`DROP DATABASE ${name}`)
      await admin.end()
    },
  }
}

function serverUrl(): string {
  const { dir, mariadb } = addresses()
  const { user, password } = secrets(dir).mariadbRoot
  return `mysql://${user}:${password}@${mariadb.host}:${mariadb.port}`
}

export const expectMysql = async (): Promise<void> => (await mysql.createConnection(serverUrl())).end()
