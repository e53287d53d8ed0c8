import { readFile } from 'node:fs/promises'
import test from 'ava'
import { aDatabase, type ServiceName } from '@docket/test/support/database.ts'
import { describeSchema, schemaHeader } from './schema-dump.ts'

const services: ServiceName[] = ['order-service', 'inventory-service', 'payment-service', 'shipping-service']

for (const service of services) {
  test(`schema.sql of ${service} shows what its migrations make`, async t => {
    const db = await aDatabase(t, service)
    const file = new URL('schema.sql', import.meta.resolve(`@docket/${service}/package.json`))
    t.is(await readFile(file, 'utf8'), schemaHeader + (await describeSchema(db)), 'run: npm run schema')
  })
}
