import { readdir, readFile } from 'node:fs/promises'

export interface Migration {
  name: string
  up: string
  down: string
}

export async function migrationFiles(folder: URL): Promise<Migration[]> {
  const files = (await readdir(folder)).filter(file => file.endsWith('.sql')).sort()
  const names = files.filter(file => file.endsWith('.up.sql')).map(file => file.slice(0, -'.up.sql'.length))
  names.forEach((name, position) => {
    if (Number(name.slice(0, 4)) !== position + 1)
      throw new Error(`migration ${name} in ${folder.pathname}: expected number ${position + 1}`)
    if (!files.includes(`${name}.down.sql`))
      throw new Error(`migration ${name} in ${folder.pathname} has no ${name}.down.sql`)
  })
  if (files.length !== 2 * names.length) throw new Error(`${folder.pathname}: a .down.sql without its .up.sql`)
  const read = (file: string) => readFile(new URL(file, folder), 'utf8')
  return Promise.all(
    names.map(async name => ({ name, up: await read(`${name}.up.sql`), down: await read(`${name}.down.sql`) })),
  )
}

export interface FirstRelease {
  release: string
  migrations: number
}

/**
 * `releases.json` beside the migrations lists the files of each release with their SHA-256, so that a change of a
 * released one is noticed.
 */
export type ReleasedMigrations = Record<string, Record<string, string>>

export function migrationsByRelease(releases: ReleasedMigrations): Map<string, number> {
  let migrations = 0
  return new Map(
    Object.entries(releases).map(([release, files]) => {
      migrations += Object.keys(files).filter(name => name.endsWith('.up.sql')).length
      return [release, migrations]
    }),
  )
}

/** From `releases.json` beside the migrations, which has a number for each release; undefined before the first one. */
export async function firstRelease(folder: URL): Promise<FirstRelease | undefined> {
  const releases = JSON.parse(await readFile(new URL('releases.json', folder), 'utf8')) as ReleasedMigrations
  const [first] = migrationsByRelease(releases)
  return first && { release: first[0], migrations: first[1] }
}

/**
 * Suffix of a migration's name while it is being reverted in a database that cannot do that in one transaction. No
 * release that needs the migration starts meanwhile.
 */
export const halfReverted = '.half-reverted'

export function pending(migrations: readonly Migration[], applied: readonly string[]): Migration[] {
  applied.forEach((name, position) => {
    const file = migrations[position]
    if (file && name === file.name + halfReverted)
      throw new Error(`${file.name} was only partly reverted: finish it with \`migrate down --to ${position}\``)
    if (file && file.name !== name)
      throw new Error(`migration ${position + 1} of the database is ${name}, of this release ${file.name}`)
  })
  // a database that is ahead belongs to a newer release: expand first, contract later
  return migrations.slice(applied.length)
}
