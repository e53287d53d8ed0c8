import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { migrationFiles } from '@docket/chassis/database/migrations.ts'
import { makeMigration, nextMigration } from './migration.ts'
import { pathToFileURL } from 'node:url'

function aRepository(t: ExecutionContext, service: string, names: string[]): string {
  const root = mkdtempSync(join(tmpdir(), 'docket-migration-'))
  t.teardown(() => rmSync(root, { recursive: true }))
  const folder = join(root, service, 'migrations')
  mkdirSync(folder, { recursive: true })
  for (const name of names)
    for (const way of ['up', 'down']) writeFileSync(join(folder, `${name}.${way}.sql`), `-- ${name}\n`)
  return root
}

for (const service of ['order-service', 'user-service'])
  test(`a migration of ${service} is made as a pair with the next number, which the service reads`, async t => {
    const root = aRepository(t, service, ['0001_first', '0002_second'])
    t.deepEqual(await makeMigration([service, 'gift_notes'], root), [
      `${service}/migrations/0003_gift_notes.up.sql`,
      `${service}/migrations/0003_gift_notes.down.sql`,
    ])
    const folder = join(root, service, 'migrations')
    const names = (await migrationFiles(pathToFileURL(`${folder}/`))).map(({ name }) => name)
    t.deepEqual(names, ['0001_first', '0002_second', '0003_gift_notes'])
    t.regex(readFileSync(join(folder, '0003_gift_notes.up.sql'), 'utf8'), /^-- /)
  })

test('the number after 0099 is 0100, and gaps are not filled', t => {
  t.is(nextMigration(['0099_old.up.sql', '0099_old.down.sql'], 'new'), '0100_new')
  t.is(nextMigration(['0001_a.up.sql', '0004_b.up.sql'], 'new'), '0005_new')
  t.is(nextMigration([], 'new'), '0001_new')
})

for (const [what, name, why] of [
  ['capitals', 'GiftNotes', /^GiftNotes is not a valid migration name/],
  ['a hyphen', 'gift-notes', /lower-case letters, digits and single _/],
  ['a path', '../gift', /is not a valid migration name/],
  ['nothing', '', /is not a valid migration name/],
  ['a number first', '7_gifts', /is not a valid migration name/],
  ['two _', 'gift__notes', /is not a valid migration name/],
  ['more than MySQL keeps', 'a'.repeat(61), /has 61 characters; 60 are the limit/],
  ['the name of another', 'stock', /^0001_stock has that name already/],
] as const)
  test(`a migration's name may not have or be: ${what}`, t => {
    t.throws(() => nextMigration(['0001_stock.up.sql'], name), { message: why })
  })

for (const [what, args, why] of [
  ['a service that there is not', ['stock-service', 'gift_notes'], /^stock-service is not one of user-service, order-/],
  ['no name', ['order-service'], /^npm run migration SERVICE NAME/],
  ['nothing', [], /^npm run migration SERVICE NAME/],
  ['too much', ['order-service', 'gift', 'notes'], /^npm run migration SERVICE NAME/],
  ['an option', ['order-service', 'gift', '--force'], /--force/],
] as const)
  test(`no migration is made of: ${what}`, async t => {
    const root = aRepository(t, 'order-service', ['0001_first'])
    await t.throwsAsync(makeMigration([...args], root), { message: why })
    t.is(readdirSync(join(root, 'order-service/migrations')).length, 2)
  })
