import { readFile } from 'node:fs/promises'
import test from 'ava'
import { serviceNames } from '@docket/addresses/addresses.ts'
import { migrationsOf } from '@docket/test/support/database.ts'
import { schemaFile } from './schema-dump.ts'

for (const service of serviceNames) {
  test(`schema.sql of ${service} shows what its migrations make`, async t => {
    const current = await readFile(new URL('../schema.sql', migrationsOf(service)), 'utf8')
    t.is(current, await schemaFile(service), 'run: npm run schema')
  })
}
