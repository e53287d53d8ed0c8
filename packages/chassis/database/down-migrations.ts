import { halfReverted, pending, type FirstRelease, type Migration } from './migrations.ts'
import { actionsOf, bare, nameOf, statementsOf } from './sql-statements.ts'

export interface Deletion {
  table: string
  column?: string
}

const dropsTables = /^DROP TABLE (?:IF EXISTS )?([\w."`, ]+?)(?: CASCADE| RESTRICT)?$/i
const dropsNoRow = /^DROP (?:INDEX|SEQUENCE) /i // a sequence holds only a number
const makesIndex = /^CREATE (?:UNIQUE )?INDEX /i
const alters = /^ALTER TABLE (?:IF EXISTS )?(?:ONLY )?([\w."`]+) (.*)$/i
const dropsOther = /^DROP (?:CONSTRAINT|CHECK|INDEX|KEY|FOREIGN KEY) /i
const dropsColumn = /^DROP (?:COLUMN )?(?:IF EXISTS )?([\w"`]+)$/i
const keepsData = /^(?:SET|RESET) \(/i

export function effectsOf(down: string): { deletes: Deletion[]; others: string[] } {
  const deletes: Deletion[] = []
  const others: string[] = []
  for (const sql of statementsOf(down).map(bare)) {
    const tables = dropsTables.exec(sql)
    const altered = alters.exec(sql)
    if (tables) deletes.push(...(tables[1] ?? '').split(',').map(name => ({ table: nameOf(name.trim()) })))
    else if (altered) {
      const actions = actionsOf(altered[2] ?? '')
      const columns = actions.map(action => (dropsOther.test(action) ? undefined : dropsColumn.exec(action)?.[1]))
      for (const column of columns) if (column) deletes.push({ table: nameOf(altered[1]), column: nameOf(column) })
      if (actions.some((action, at) => !columns[at] && !dropsOther.test(action) && !keepsData.test(action)))
        others.push(sql)
    } else if (!dropsNoRow.test(sql) && !makesIndex.test(sql)) others.push(sql)
  }
  return { deletes, others }
}

/**
 * The migrations to revert until the database is at number `to`, the newest first. Throws, in one sentence, where there
 * is no way to that.
 */
export function toRevert(
  migrations: readonly Migration[],
  applied: readonly string[],
  to: number,
  first: FirstRelease | undefined,
): Migration[] {
  if (first && to < first.migrations)
    throw new Error(
      `release ${first.release} needs the migrations up to ${first.migrations}: below them there is only a backup`,
    )
  if (applied.length > migrations.length)
    throw new Error(
      `the database is at migration ${applied.length} (${applied.at(-1)}), and this release has ${migrations.length}: run the image of the release that brought it`,
    )
  if (to > applied.length) throw new Error(`the database is at migration ${applied.length}, below ${to} already`)
  pending(
    migrations,
    applied.map(name => name.replace(halfReverted, '')),
  )
  return migrations.slice(to, applied.length).toReversed()
}
