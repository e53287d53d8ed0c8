import { readFileSync } from 'node:fs'
import test from 'ava'
import { migrationFiles } from '@docket/chassis/database/migrations.ts'
import { contractions } from './expand.ts'

const services = ['user-service', 'order-service', 'inventory-service', 'payment-service', 'shipping-service']
const { version } = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8')) as {
  version: string
}

for (const service of services) {
  test(`the migrations of ${service} only add: the release before runs on the schema of the new one`, async t => {
    t.deepEqual(
      contractions(await migrationFiles(new URL(`../../${service}/migrations/`, import.meta.url)), version),
      [],
    )
  })
}

const first = { name: '0001_orders', up: 'CREATE TABLE orders (id uuid PRIMARY KEY, status text NOT NULL);', down: '' }
const found = (up: string, release = '0.3.0') => contractions([first, { name: '0002_next', up, down: '' }], release)

for (const sql of [
  'ALTER TABLE orders ADD COLUMN note text;',
  "ALTER TABLE orders ADD COLUMN kind text NOT NULL DEFAULT 'plain';",
  'ALTER TABLE orders ADD a int, ADD b numeric(1, 2);',
  'ALTER TABLE orders ADD COLUMN pieces int NOT NULL DEFAULT 0 CHECK (pieces >= 0);',
  'ALTER TABLE orders ADD KEY orders_by_status (status);',
  'CREATE INDEX CONCURRENTLY orders_by_status ON orders (status);',
  'CREATE TABLE notes (id int NOT NULL, CHECK (id > 0));\nCREATE UNIQUE INDEX notes_once ON notes (id);\nALTER TABLE notes ADD CONSTRAINT more CHECK (id > 1);',
  'CREATE SEQUENCE numbers;',
  'ALTER TABLE orders SET (fillfactor = 70);',
  'CREATE INDEX slow ON orders (status);\nDROP INDEX slow;',
  "UPDATE orders SET status = 'pending' WHERE status = 'new';",
  '-- contract: unused since 0.2.0\nALTER TABLE orders DROP COLUMN note;',
])
  test(`a release may bring: ${sql.replaceAll('\n', ' ')}`, t => {
    t.deepEqual(found(sql), [])
  })

for (const [sql, why] of [
  ['ALTER TABLE orders DROP COLUMN status;', /as it was/],
  ['ALTER TABLE orders ADD note text, DROP COLUMN status;', /as it was/],
  ['ALTER TABLE orders RENAME COLUMN status TO state;', /as it was/],
  ['ALTER TABLE orders ALTER COLUMN status SET NOT NULL;', /as it was/],
  ['ALTER TABLE orders ALTER COLUMN status TYPE int USING 1;', /as it was/],
  ['ALTER TABLE orders ADD COLUMN kind text NOT NULL;', /writes no value/],
  ['ALTER TABLE orders ADD COLUMN kind text CHECK (length(kind) > 2);', /nothing of this condition/],
  ['ALTER TABLE orders ADD COLUMN pieces int DEFAULT 0 CHECK (total >= 0);', /nothing of this condition/],
  ["ALTER TABLE orders ADD CONSTRAINT known CHECK (status IN ('a'));", /as it was/],
  ['CREATE UNIQUE INDEX once ON orders (status);', /unique no longer/],
  ['DROP TABLE orders;', /only what is added/],
  ['DROP INDEX orders_by_status;', /only what is added/],
  ['CREATE TABLE notes (id int);\nCREATE UNIQUE INDEX once ON notes (id);\nDROP INDEX once;', /only what is added/],
  ['DELETE FROM orders;', /only what is added/],
  ['TRUNCATE orders;', /only what is added/],
  ['-- contract: unused since 0.3.0\nALTER TABLE orders DROP COLUMN note;', /as it was/],
] as const)
  test(`a release may not bring: ${sql.replaceAll('\n', ' ')}`, t => {
    t.regex(found(sql).join('\n'), why)
  })
