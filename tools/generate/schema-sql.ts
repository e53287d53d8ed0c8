/**
 * Writes each service's schema.sql from its migrations. Needs the local PostgreSQL: `./bin/up-local.sh --servers`, then
 * `npm run schema`.
 */
import { writeFile } from 'node:fs/promises'
import { aScratchDatabase, type ServiceName } from '@docket/test/support/database.ts'
import { describeSchema, schemaHeader } from './schema-dump.ts'

const services: ServiceName[] = ['order-service', 'inventory-service', 'payment-service', 'shipping-service']

for (const service of services) {
  const { db, drop } = await aScratchDatabase(service, service)
  await writeFile(
    new URL('schema.sql', import.meta.resolve(`@docket/${service}/package.json`)),
    schemaHeader + (await describeSchema(db)),
  )
  await drop()
  console.log(`wrote ${service}/schema.sql`)
}
