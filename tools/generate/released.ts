/**
 * Writes tools/check/released.json, what the newest release of releases.json brought, from this checkout: `npm run
 * released`, once, in the commit that adds the release to releases.json. `npm run check` holds the changelog and the
 * migrations against it, so that neither needs the history of the repository.
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'
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
const release: Release = { release: newest, ...(await surface()), migrations: migrationDigests() }
writeFileSync(file, await format(JSON.stringify(release), { parser: 'json' }))
console.log(`wrote tools/check/released.json: release ${newest}`)
