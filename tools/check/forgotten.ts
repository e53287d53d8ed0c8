/** Reports work that reviews tend to miss, and what to do: `npm run check:forgotten`. Each check is in forgotten/. */
import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'
import { handledBy, services } from '../generate/consumers.ts'
import { readContract } from '../generate/contract/read.ts'
import type { ReleasedMigrations } from '@docket/chassis/database/migrations.ts'
import { migrationDigests, surface, type Release } from '../generate/surface.ts'
import { unmentioned, unreleased } from './forgotten/changelog.ts'
import { strayEvents, typesIn } from './forgotten/events.ts'
import { changedMigrations } from './forgotten/migrations.ts'
import { untestedEvents, untestedHandlers } from './forgotten/untested.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const readJson = (path: string) => JSON.parse(read(path)) as unknown
const files = (...patterns: string[]) => globSync(patterns, { cwd: root, exclude: ['**/node_modules'] })
const isTest = (path: string) => path.endsWith('.test.ts')

const chassis = files('packages/chassis/http/*.ts')
const sourcesOf = (service: string) => [...files(`${service}/src/*.ts`), ...chassis].filter(path => !isTest(path))
const testsOf = (service: string) => files(`${service}/src/*.test.ts`).map(read)

const flows = {
  published: new Map(services.map(one => [one, new Set(sourcesOf(one).flatMap(file => typesIn(file, read(file))))])),
  handled: new Map(services.map(one => [one, new Set<string>(handledBy(one))])),
}
const now = await surface()
const released = readJson('tools/check/released.json') as Release
const newest = Object.keys(readJson('releases.json') as object).at(-1)
const releasedOf = (service: string) => readJson(`${service}/migrations/releases.json`) as ReleasedMigrations
const changelog = unreleased(read('CHANGELOG.md'), released.release)

const contract = await readContract(new URL('../../events/', import.meta.url))

const publishedBy = (service: string) =>
  contract.filter(({ producer }) => producer === service).flatMap(({ events }) => events.map(({ type }) => type))

const problems = [
  ...strayEvents(contract, flows),
  ...services.flatMap(service => untestedEvents(service, publishedBy(service), testsOf(service))),
  ...services.flatMap(service => untestedHandlers(service, handledBy(service), testsOf(service))),
  ...(newest === released.release ? [] : [`tools/check/released.json is not of release ${newest}: npm run released`]),
  ...(changelog === undefined
    ? [`CHANGELOG.md has no heading "## ${released.release}"`]
    : unmentioned(changelog, released, now)),
  ...services.flatMap(service => changedMigrations(service, releasedOf(service), migrationDigests(service))),
]

if (problems.length === 0) console.log(`nothing was forgotten since release ${released.release}`)
else {
  console.error(problems.join('\n'))
  process.exitCode = 1
}
