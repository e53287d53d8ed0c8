import { readFileSync } from 'node:fs'
import test from 'ava'
import { query } from '@docket/reconciliation/query.ts'
import mysql from 'mysql2/promise'
import { aDatabase, type ServiceName } from '@docket/test/support/database.ts'
import { aMysqlDatabase } from '@docket/test/support/mysql.ts'

// docs/debezium has the configuration of an outbox event router. Debezium itself is not run: this shows that its words
// fit our tables.

const { config } = JSON.parse(
  readFileSync(new URL('../../docs/debezium/order-service.json', import.meta.url), 'utf8'),
) as { config: Record<string, string> }
const router = (name: string) => config[`transforms.outbox.${name}`] ?? ''
const placements = router('table.fields.additional.placement')
  .split(',')
  .map(one => one.split(':') as [column: string, location: string, header: string])
const named = [
  router('table.field.event.id'),
  router('table.field.event.key'),
  router('table.field.event.payload'),
  router('route.by.field'),
  ...placements.map(([column]) => column),
]

interface Column {
  name: string
  type: string
  nullable: boolean
}

const columnsSql = `
  SELECT column_name AS name, data_type AS type, is_nullable = 'YES' AS nullable FROM information_schema.columns WHERE table_name = 'outbox' AND table_schema = `

const postgresTypes: Record<string, string> = {
  event_id: 'uuid',
  aggregatetype: 'text',
  aggregateid: 'text',
  type: 'text',
  sequence: 'integer',
  time: 'timestamp with time zone',
  traceparent: 'text',
  payload: 'json',
}
const mysqlTypes: Record<string, string> = {
  event_id: 'char',
  aggregatetype: 'varchar',
  aggregateid: 'varchar',
  type: 'varchar',
  sequence: 'int',
  time: 'datetime',
  traceparent: 'varchar',
  payload: 'longtext',
}

const typesOf = (columns: readonly Column[]) =>
  Object.fromEntries(columns.filter(({ name }) => named.includes(name)).map(({ name, type }) => [name, type]))
const mayBeNull = (columns: readonly Column[]) => columns.filter(({ nullable }) => nullable).map(({ name }) => name)

test('the router makes the headers that the contract has', t => {
  const constant = ['specversion', 'source', 'contentType'].map(name => config[`transforms.${name}.header`])
  t.deepEqual([...placements.map(([, , header]) => header), ...constant].sort(), [
    'ce_id',
    'ce_sequence',
    'ce_source',
    'ce_specversion',
    'ce_subject',
    'ce_time',
    'ce_type',
    'content-type',
    'traceparent',
  ])
  t.is(router('route.topic.replacement'), '${routedByValue}-events')
})

for (const service of [
  'order-service',
  'inventory-service',
  'payment-service',
  'shipping-service',
] satisfies ServiceName[]) {
  test(`the outbox of ${service} has the columns that Debezium's router is told of`, async t => {
    const columns = await query<Column>((await aDatabase(t, service)).url, `${columnsSql}'public'`)
    t.deepEqual(typesOf(columns), postgresTypes)
    t.deepEqual(mayBeNull(columns), ['traceparent'])
  })
}

test('the outbox of user-service has them too', async t => {
  const { url } = await aMysqlDatabase(t)
  const connection = await mysql.createConnection(url)
  const [rows] = await connection.query(`${columnsSql}DATABASE()`)
  await connection.end()
  const columns = (rows as (Omit<Column, 'nullable'> & { nullable: number })[]).map(row => ({
    ...row,
    nullable: row.nullable === 1,
  }))
  t.deepEqual(typesOf(columns), mysqlTypes)
  t.deepEqual(mayBeNull(columns), ['traceparent'])
})
