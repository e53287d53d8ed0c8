import type { EventType } from '@docket/contract/event.ts'
import { sinceOf } from '@docket/contract/generated/contract.ts'

const numbers = (release: string) => release.split('.').map(Number)

function isNewer(release: string, than: string): boolean {
  const [left, right] = [numbers(release), numbers(than)]
  const differing = left.findIndex((number, at) => number !== right[at])
  return differing >= 0 && (left[differing] ?? 0) > (right[differing] ?? 0)
}

/**
 * The release before, as far as event types tell: the newest among those that brought types and are older. The first
 * release has none before it.
 */
export function releaseBefore(release: string, since: Readonly<Record<string, string>> = sinceOf): string {
  const older = Object.values(since).filter(one => isNewer(release, one))
  return older.reduce((newest, one) => (isNewer(one, newest) ? one : newest), older[0] ?? release)
}

/** The types that a release brought which is newer than `release`. */
export const newerTypes = (release: string, since: Readonly<Record<string, string>> = sinceOf): ReadonlySet<string> =>
  new Set(Object.keys(since).filter(type => isNewer(since[type] ?? release, release)))

let withheld: ReadonlySet<string> = new Set()

/**
 * Only types that `release` knows are published from now on: consumers of it would ignore newer ones, and what they
 * ignored is not delivered again.
 */
export function publishOnlyTypesOf(release: string, since = sinceOf): void {
  withheld = newerTypes(release, since)
}

/**
 * Whether events of a type may be published yet. A step that publishes a new type asks before it changes anything, and
 * does what the release before did when the answer is no.
 */
export const mayPublish = (type: EventType): boolean => !withheld.has(type)
