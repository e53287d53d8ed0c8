import test from 'ava'
import { migrationFiles } from '@docket/chassis/database/migrations.ts'
import { aDatabase, type ServiceName } from '@docket/test/support/database.ts'
import { describeSchema } from '../generate/schema-dump.ts'

const services: ServiceName[] = ['order-service', 'inventory-service', 'payment-service', 'shipping-service']

for (const service of services) {
  test(`every migration of ${service} can be reverted, and applied again`, async t => {
    const db = await aDatabase(t, service)
    const folder = new URL('migrations/', import.meta.resolve(`@docket/${service}/package.json`))
    const before = await describeSchema(db)
    const migrations = await migrationFiles(folder)
    await db.schema(async schema => {
      for (const migration of migrations.toReversed()) await schema.revert(migration)
    })
    t.is((await describeSchema(db)).trim(), '')
    await db.migrate(folder)
    t.is(await describeSchema(db), before)
  })
}

test('a database that is up to date is left alone', async t => {
  const db = await aDatabase(t, 'order-service')
  t.deepEqual(await db.migrate(new URL('migrations/', import.meta.resolve('@docket/order-service/package.json'))), [])
})
