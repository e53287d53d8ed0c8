import { parseArgs } from 'node:util'
import { messageWithCauses } from '@docket/foundation/errors.ts'
import type { Database, DeletedRows, Schema } from './database/database.ts'
import { effectsOf, toRevert, type Deletion } from './database/down-migrations.ts'
import { firstRelease, migrationFiles, type Migration } from './database/migrations.ts'
import { untilItWorks } from './lifecycle.ts'
import type { Logger } from './log.ts'

const usage = `usage: main.ts migrate                        brings the schema up to date
       main.ts migrate down --to N [--yes]    reverts the migrations after the N-th; without --yes it only says what that deletes`

interface Down {
  to: number
  isConfirmed: boolean
}

/** What `migrate` is told to do: undefined is the way up. Throws the usage. */
export function readMigrateArgs(args: string[]): Down | undefined {
  if (args.length === 0) return undefined
  const { positionals, values } = parsed(args)
  if (positionals.join(' ') !== 'down' || !/^\d{1,4}$/.test(values.to ?? '')) throw new Error(usage)
  return { to: Number(values.to), isConfirmed: values.yes }
}

function parsed(args: string[]) {
  try {
    const options = { to: { type: 'string' }, yes: { type: 'boolean', default: false } } as const
    return parseArgs({ args, allowPositionals: true, options })
  } catch (error) {
    throw new Error(usage, { cause: error })
  }
}

export async function migrateOnly(args: string[], folder: URL, db: Database, log: Logger): Promise<void> {
  try {
    const down = readMigrateArgs(args)
    if (down === undefined) await up(folder, db, log)
    else process.exitCode = (await migrateDown(folder, db, down, console.log)) ? 0 : 1
  } catch (error) {
    const isUsage = error instanceof Error && error.message === usage
    console.error(isUsage ? usage : messageWithCauses(error))
    process.exitCode = isUsage ? 2 : 1
  } finally {
    await db.close()
  }
}

async function up(folder: URL, db: Database, log: Logger): Promise<void> {
  const applied = await untilItWorks(
    'the database',
    log,
    () => db.migrate(folder),
    () => undefined,
  )
  log.info({ applied }, applied.length > 0 ? 'migrated' : 'the schema is up to date')
}

export async function migrateDown(
  folder: URL,
  db: Database,
  { to, isConfirmed }: Down,
  print: (line: string) => void,
): Promise<boolean> {
  const [migrations, first] = [await migrationFiles(folder), await firstRelease(folder)]
  return db.schema(async schema => {
    const reverted = toRevert(migrations, await schema.applied(), to, first)
    if (reverted.length === 0) {
      print(`the database is at migration ${to}; there is nothing to revert`)
      return true
    }
    print(`reverting ${reverted.length} of ${reverted.length + to} migrations deletes:`)
    for (const migration of reverted) for (const line of await deletionsOf(schema, migration)) print(`  ${line}`)
    const replicas = await schema.replicasBeyond(to, migrations.length)
    if (replicas > 0)
      throw new Error(
        `nothing was changed: ${replicas === 1 ? 'a replica is' : `${replicas} replicas are`} up whose release needs this; deploy the release before, and try again when they have ended`,
      )
    if (!isConfirmed) {
      print('nothing was changed: --yes does it')
      return false
    }
    for (const migration of reverted) {
      await revert(schema, migration)
      print(`reverted ${migration.name}`)
    }
    print(`the database is at migration ${to}`)
    return true
  })
}

async function revert(schema: Schema, migration: Migration): Promise<void> {
  try {
    await schema.revert(migration)
  } catch (error) {
    throw new Error(`${migration.name} was not reverted, or only in part; try again`, { cause: error })
  }
}

async function deletionsOf(schema: Schema, { name, down }: Migration): Promise<string[]> {
  const { deletes, others } = effectsOf(down)
  const lines: string[] = []
  for (const deletion of deletes) {
    const found = await schema.count(deletion)
    if (found) lines.push(`${name}: ${inWords(deletion, found)}`)
  }
  for (const sql of others) lines.push(`${name}: changes by ${sql}`)
  return lines.length > 0 ? lines : [`${name}: no data`]
}

const inWords = ({ table, column }: Deletion, { rows, filled }: DeletedRows) =>
  column === undefined
    ? `the table ${table}, with its ${rows} rows`
    : `the column ${table}.${column}, which has a value of its own in ${filled} of ${rows} rows`
