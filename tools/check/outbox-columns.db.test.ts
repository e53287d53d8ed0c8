import { readFileSync } from 'node:fs'
import test from 'ava'
import { query } from '@docket/reconciliation/query.ts'
import mysql from 'mysql2/promise'
import { maxMessageBytes } from '@docket/kafka/topics.ts'
import { aDatabase, type ServiceName } from '@docket/test/support/database.ts'
import { aMysqlDatabase } from '@docket/test/support/mysql.ts'

// docs/debezium configures an outbox event router for each service. This test shows that the names fit our tables; npm
// run debezium:test runs Debezium itself.

const withPostgres: ServiceName[] = ['order-service', 'inventory-service', 'payment-service', 'shipping-service']

const configOf = (service: string) =>
  (
    JSON.parse(readFileSync(new URL(`../../docs/debezium/${service}.json`, import.meta.url), 'utf8')) as {
      config: Record<string, string>
    }
  ).config

type Config = Record<string, string>
const router = (config: Config, name: string) => config[`transforms.outbox.${name}`] ?? ''
const placements = (config: Config) =>
  router(config, 'table.fields.additional.placement')
    .split(',')
    .map(one => one.split(':') as [column: string, location: string, header: string])
const named = (config: Config) => [
  router(config, 'table.field.event.id'),
  router(config, 'table.field.event.key'),
  router(config, 'table.field.event.payload'),
  router(config, 'route.by.field'),
  ...placements(config).map(([column]) => column),
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
  specversion: 'text',
  payload: 'json',
}
const mysqlTypes: Record<string, string> = {
  event_id: 'char',
  aggregatetype: 'varchar',
  aggregateid: 'varchar',
  type: 'varchar',
  sequence: 'int',
  time_text: 'varchar',
  traceparent: 'varchar',
  specversion: 'varchar',
  payload: 'longtext',
}

const typesOf = (columns: readonly Column[], config: Config) =>
  Object.fromEntries(columns.filter(({ name }) => named(config).includes(name)).map(({ name, type }) => [name, type]))
const mayBeNull = (columns: readonly Column[]) => columns.filter(({ nullable }) => nullable).map(({ name }) => name)

for (const service of [...withPostgres, 'user-service']) {
  test(`the router of ${service} makes the headers that the contract has`, t => {
    const config = configOf(service)
    const constant = ['source', 'contentType'].map(name => config[`transforms.${name}.header`])
    t.deepEqual([...placements(config).map(([, , header]) => header), ...constant].sort(), [
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
    t.is(config['transforms.source.value.literal'], `/${service}`)
    t.is(router(config, 'route.topic.replacement'), '${routedByValue}-events')
    t.is(config['producer.override.max.request.size'], String(maxMessageBytes))
  })
}

for (const service of withPostgres) {
  test(`the outbox of ${service} has the columns that Debezium's router is told of`, async t => {
    const columns = await query<Column>((await aDatabase(t, service)).url, `${columnsSql}'public'`)
    t.deepEqual(typesOf(columns, configOf(service)), postgresTypes)
    t.deepEqual(mayBeNull(columns), ['traceparent'])
  })
}

test('the outbox of user-service has them too, and its time as the contract writes it', async t => {
  const { url, transaction } = await aMysqlDatabase(t)
  const connection = await mysql.createConnection(url)
  const [rows] = await connection.query(`${columnsSql}DATABASE()`)
  const columns = (rows as (Omit<Column, 'nullable'> & { nullable: number })[]).map(row => ({
    ...row,
    nullable: row.nullable === 1,
  }))
  t.deepEqual(typesOf(columns, configOf('user-service')), mysqlTypes)
  t.deepEqual(mayBeNull(columns).sort(), ['time_text', 'traceparent']) // a generated column is always nullable
  const time = '2026-11-26T09:31:20.040Z'
  await transaction(async tx =>
    tx.append([
      {
        eventId: 'e',
        aggregatetype: 'user',
        aggregateid: 'u',
        type: 'user.signed_up',
        sequence: 1,
        time,
        traceparent: undefined,
        payload: '{}',
      },
    ]),
  )
  const [[row]] = await connection.query<mysql.RowDataPacket[]>('SELECT time_text, specversion FROM outbox')
  await connection.end()
  t.deepEqual({ ...row }, { time_text: time, specversion: '1.0' })
})
