/**
 * Writes down what the newest release of releases.json brought, from this checkout: its surface in
 * tools/check/released.json, its migrations in the releases.json beside them. `npm run released`, once, in the commit
 * that adds the release to releases.json. `npm run check` holds the changelog and the migrations against it, so that
 * neither needs the history of the repository.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, serviceNames } from '@docket/addresses/addresses.ts'
import type { ReleasedMigrations } from '@docket/chassis/database/migrations.ts'
import { format } from 'prettier'
import { migrationDigests, surface, type Release } from './surface.ts'

const file = join(root, 'tools/check/released.json')
const read = (path: string) => JSON.parse(readFileSync(path, 'utf8')) as unknown
const newest = Object.keys(read(join(root, 'releases.json')) as object).at(-1) ?? ''

if ((read(file) as Release).release === newest) {
  console.error(
    `${newest} has been released: what it brought is not written again. Add the next to releases.json first`,
  )
  process.exit(1)
}
for (const service of serviceNames) {
  const path = join(root, service, 'migrations/releases.json')
  const before = read(path) as ReleasedMigrations
  const known = new Set(Object.values(before).flatMap(files => Object.keys(files)))
  const brought = Object.entries(migrationDigests(service)).filter(([name]) => !known.has(name))
  await write(path, JSON.stringify({ ...before, [newest]: Object.fromEntries(brought) }, undefined, 2))
}
const release: Release = { release: newest, ...(await surface()) }
await write(file, JSON.stringify(release))
console.log(`wrote tools/check/released.json and migrations/releases.json of each service: release ${newest}`)

async function write(path: string, json: string): Promise<void> {
  writeFileSync(path, await format(json, { parser: 'json' }))
}
