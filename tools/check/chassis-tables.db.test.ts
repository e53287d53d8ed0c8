import test from 'ava'
import { serviceNames } from '@docket/addresses/addresses.ts'
import { migrationsOf } from '@docket/test/support/database.ts'
import { schemaOf, serverOf, type Server } from '../generate/schema-dump.ts'

// The tables of the chassis stand once, as the first migration of a new service. Those of the services have become what
// they are in several migrations, and must be the same, column by column.

const templates: Record<Server, string> = { PostgreSQL: 'postgres', MariaDB: 'mysql' }
const templateOf = (server: Server) =>
  new URL(`../../packages/chassis/database/template/${templates[server]}/`, import.meta.url)

const tablesIn = (schema: string) =>
  new Map(
    schema.split('\n\n').map(table => [/^CREATE TABLE [`"]?(\w+)/.exec(table)?.[1] ?? '', table.trim().split('\n')]),
  )

for (const service of serviceNames) {
  test(`${service} has the outbox and the other tables of the chassis as their template has them`, async t => {
    const server = serverOf(service)
    const template = tablesIn(await schemaOf(templateOf(server), server))
    const tables = tablesIn(await schemaOf(migrationsOf(service), server))
    t.true(template.has('outbox'))
    for (const [name, lines] of template) t.deepEqual(tables.get(name), lines, name)
  })
}
