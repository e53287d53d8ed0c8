/**
 * Writes each service's schema.sql from its migrations: `./bin/up-local.sh --servers`, then `npm run schema`. With
 * --check it only compares: all of it where the server is up, else the first line, which names the newest migration.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { serviceNames, type ServiceName } from '@docket/addresses/addresses.ts'
import { expectPostgres, migrationsOf } from '@docket/test/support/database.ts'
import { expectMysql } from '@docket/test/support/mysql.ts'
import { schemaFile, schemaHeader, serverOf } from './schema-dump.ts'

const fileOf = (service: ServiceName) => new URL('../schema.sql', migrationsOf(service))

async function writeAll(): Promise<void> {
  for (const service of serviceNames) {
    await writeFile(fileOf(service), await schemaFile(service))
    console.log(`wrote ${service}/schema.sql`)
  }
}

async function checkAll(): Promise<void> {
  const isUp = { PostgreSQL: await works(expectPostgres), MariaDB: await works(expectMysql) }
  for (const service of serviceNames) {
    const current = await readFile(fileOf(service), 'utf8').catch(() => '') // missing, so it is stale
    const isNewest = current.startsWith(await schemaHeader(service))
    if (isNewest && (!isUp[serverOf(service)] || current === (await schemaFile(service)))) continue
    console.error(
      `${service}/schema.sql is not what its migrations make: ./bin/up-local.sh --servers && npm run schema`,
    )
    process.exitCode = 1
  }
  const missing = Object.entries(isUp).flatMap(([server, isThere]) => (isThere ? [] : [server]))
  if (missing.length > 0)
    console.log(`not checked: schema.sql by ${missing.join(' and ')}, not up here: ./bin/up-local.sh --servers`)
}

const works = (expectServer: () => Promise<void>) =>
  expectServer().then(
    () => true,
    () => false,
  )

await (process.argv.includes('--check') ? checkAll() : writeAll())
