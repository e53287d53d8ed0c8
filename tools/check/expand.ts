import type { Migration } from '@docket/chassis/database/migrations.ts'
import { actionsOf, bare, nameOf, statementsOf } from '@docket/chassis/database/sql-statements.ts'

// During an update the release before runs on the schema of the new one. So a migration may only add: what the old
// release writes must still be accepted, and what it reads must still exist. What is to go, goes in a later release,
// which says so:
//   -- contract: unused since 0.2.0
//   ALTER TABLE orders DROP COLUMN ...

const creates = /^CREATE (?:TABLE|SEQUENCE) (?:IF NOT EXISTS )?([\w."`]+)/i
const indexes = /^CREATE (UNIQUE )?INDEX (?:CONCURRENTLY )?(?:IF NOT EXISTS )?([\w"`]+) ON (?:ONLY )?([\w."`]+)/i
const dropsIndex = /^DROP INDEX (?:CONCURRENTLY )?(?:IF EXISTS )?([\w"`]+)$/i
const alters = /^ALTER TABLE (?:IF EXISTS )?(?:ONLY )?([\w."`]+) (.*)$/i
const writes = /^(?:INSERT INTO|UPDATE|COMMENT ON)\b/i
const keepsItsDefault = /^ADD (?:COLUMN )?(\w+) .*\bDEFAULT 0 CHECK \(\1 >= 0\)$/i
const unusedSince = /--\s*contract:\s*unused since (\d+\.\d+\.\d+)/i

/**
 * Finds statements that the previous release would not survive, and explains each. `release` is the one that introduces
 * the migration.
 */
export function contractions(migrations: readonly Migration[], release: string): string[] {
  const problems: string[] = []
  const plain = plainIndexes(migrations)
  for (const { name, up } of migrations) {
    const own = new Set<string>() // tables and sequences of this migration: no previous release knows them
    for (const statement of statementsOf(up)) {
      const sql = bare(statement)
      const created = creates.exec(sql)
      if (created) own.add(nameOf(created[1]))
      else if (!isLate(statement, release))
        problems.push(...narrows(sql, own, plain).map(why => `${name}: ${why}: ${sql.slice(0, 80)}`))
    }
  }
  return problems
}

function isLate(statement: string, release: string): boolean {
  const since = unusedSince.exec(statement)?.[1]
  return since !== undefined && compare(since, release) < 0
}

function compare(a: string, b: string): number {
  const [left, right] = [a, b].map(text => text.split('.').map(Number)) as [number[], number[]]
  return left.map((part, at) => part - (right[at] ?? 0)).find(difference => difference !== 0) ?? 0
}

/** Indexes that only make queries faster. A unique index is a rule, and ON CONFLICT needs it. */
function plainIndexes(migrations: readonly Migration[]): Set<string> {
  const created = migrations.flatMap(({ up }) => statementsOf(up).map(statement => indexes.exec(bare(statement))))
  return new Set(created.flatMap(index => (index && !index[1] ? [nameOf(index[2])] : [])))
}

function narrows(sql: string, own: ReadonlySet<string>, plain: ReadonlySet<string>): string[] {
  if (writes.test(sql)) return []
  const dropped = dropsIndex.exec(sql)
  if (dropped && plain.has(nameOf(dropped[1]))) return []
  const index = indexes.exec(sql)
  if (index)
    return index[1] && !own.has(nameOf(index[3])) ? ['the release before may write what is unique no longer'] : []
  const altered = alters.exec(sql)
  if (altered && own.has(nameOf(altered[1]))) return []
  if (!altered) return ['only what is added is certain to do no harm']
  return actionsOf(altered[2] ?? '').flatMap(action => narrowsTable(action))
}

function narrowsTable(action: string): string[] {
  if (/^(?:SET|RESET) \(/i.test(action)) return [] // these affect only how rows are stored
  if (!/^ADD (?:COLUMN )?(?!CONSTRAINT|CHECK|UNIQUE|PRIMARY|FOREIGN|EXCLUDE)/i.test(action)) {
    return /^ADD (?:INDEX|KEY) /i.test(action) ? [] : ['the release before knows the table as it was']
  }
  if (/\bNOT NULL\b/i.test(action) && !/\bDEFAULT\b|\bGENERATED\b|\bAUTO_INCREMENT\b/i.test(action))
    return ['the release before writes no value for this column']
  if (keepsItsDefault.test(action)) return []
  return /\bUNIQUE\b|\bCHECK\b|\bREFERENCES\b/i.test(action)
    ? ['the release before knows nothing of this condition']
    : []
}
