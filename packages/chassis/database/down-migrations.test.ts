import { readdirSync } from 'node:fs'
import test from 'ava'
import { serviceNames } from '@docket/addresses/addresses.ts'
import { effectsOf, toRevert } from './down-migrations.ts'
import { firstRelease, halfReverted, migrationFiles, pending } from './migrations.ts'
import { statementsOf } from './sql-statements.ts'

for (const [sql, deletes] of [
  ['DROP TABLE notes;', [{ table: 'notes' }]],
  ['DROP TABLE IF EXISTS notes, "letters" CASCADE;', [{ table: 'notes' }, { table: 'letters' }]],
  ['DROP TABLE public.notes; -- and its index\nDROP TABLE letters;', [{ table: 'notes' }, { table: 'letters' }]],
  ['ALTER TABLE orders DROP COLUMN note;', [{ table: 'orders', column: 'note' }]],
  [
    'ALTER TABLE orders\n  DROP COLUMN note, -- what it said\n  DROP kind;',
    [
      { table: 'orders', column: 'note' },
      { table: 'orders', column: 'kind' },
    ],
  ],
  [
    'ALTER TABLE `users` DROP INDEX by_age, DROP CONSTRAINT known, DROP COLUMN age;',
    [{ table: 'users', column: 'age' }],
  ],
  ['DROP INDEX orders_by_note;', []],
  ['DROP SEQUENCE numbers;', []],
  ['DROP INDEX sessions_by_end ON sessions;', []],
  ["CREATE INDEX orders_in_progress ON orders (updated_at) WHERE status IN ('pending', 'accepted');", []],
  ['ALTER TABLE orders RESET (fillfactor);', []],
] as const)
  test(`it is known what this deletes: ${sql.replaceAll(/\s+/g, ' ')}`, t => {
    t.deepEqual(effectsOf(sql), { deletes: [...deletes], others: [] })
  })

for (const sql of [
  'UPDATE payments SET next_attempt_at = now() WHERE stuck_at IS NOT NULL;',
  'DELETE FROM notes WHERE id > 7;',
  'TRUNCATE notes;',
  'ALTER TABLE orders RENAME COLUMN note TO letter;',
  'ALTER TABLE orders ALTER COLUMN note TYPE int USING 0;',
])
  test(`a statement that is shown as it stands: ${sql}`, t => {
    t.deepEqual(effectsOf(sql), { deletes: [], others: [sql.slice(0, -1)] })
  })

test('a column that is dropped beside something else is not overlooked', t => {
  const sql = 'ALTER TABLE orders DROP COLUMN note, RENAME COLUMN kind TO sort'
  t.deepEqual(effectsOf(`${sql};`), { deletes: [{ table: 'orders', column: 'note' }], others: [sql] })
})

const migrations = ['0001_orders', '0002_outbox', '0003_notes', '0004_kinds'].map(name => ({ name, up: '', down: '' }))
const names = migrations.map(({ name }) => name)
const first = { release: '0.1.0', migrations: 2 }
const reverts = (applied: string[], to: number) => toRevert(migrations, applied, to, first).map(({ name }) => name)

test('migrations are reverted from the newest down', t => {
  t.deepEqual(reverts(names, 2), ['0004_kinds', '0003_notes'])
  t.deepEqual(reverts(names.slice(0, 3), 2), ['0003_notes'])
  t.deepEqual(reverts(names, 4), [])
})

test('there is no way below the first release, also where nothing would be reverted', t => {
  const message = 'release 0.1.0 needs the migrations up to 2: below them there is only a backup'
  t.throws(() => reverts(names, 1), { message })
  t.throws(() => reverts(names.slice(0, 1), 1), { message })
})

test('before the first release all migrations can be reverted', t => {
  t.is(toRevert(migrations, names, 0, undefined).length, 4)
})

test('the way down is refused to a release that is older than the database, and where the database is another', t => {
  t.throws(() => reverts([...names, '0005_later'], 2), { message: /run the image of the release that brought it/ })
  t.throws(() => reverts(['0001_orders', '0002_letters'], 2), {
    message: /migration 2 of the database is 0002_letters/,
  })
  t.throws(() => reverts(names.slice(0, 3), 4), { message: 'the database is at migration 3, below 4 already' })
})

test('what was reverted in part is finished, and no release starts before that that needs it', t => {
  const applied = [...names.slice(0, 3), `0004_kinds${halfReverted}`]
  t.deepEqual(reverts(applied, 3), ['0004_kinds'])
  t.throws(() => pending(migrations, applied), {
    message: '0004_kinds was only partly reverted: finish it with `migrate down --to 3`',
  })
  t.deepEqual(pending(migrations.slice(0, 3), applied), [])
})

for (const service of serviceNames) {
  const folder = new URL(`../../../${service}/migrations/`, import.meta.url)

  test(`every migration of ${service} since its first release says what the way back deletes`, async t => {
    const { migrations: released } = (await firstRelease(folder)) ?? { migrations: 0 }
    const problems = (await migrationFiles(folder)).slice(released).flatMap(({ name, up, down }) => {
      if (statementsOf(up).length === 0 || statementsOf(down).length === 0) return [`${name} is not written yet`]
      return effectsOf(down).others.map(
        sql => `${name} does more than to drop tables, columns, indexes and sequences: ${sql}`,
      )
    })
    t.deepEqual(problems, [])
  })

  test(`every file beside the migrations of ${service} is known`, t => {
    t.deepEqual(
      readdirSync(folder).filter(file => !file.endsWith('.sql')),
      ['releases.json'],
    )
  })
}
