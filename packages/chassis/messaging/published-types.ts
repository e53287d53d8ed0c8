import type { EventType } from '@docket/contract/event.ts'
import { sinceOf, valueSinceOf, type LaterValue } from '@docket/contract/generated/contract.ts'

const everySince: Readonly<Record<string, string>> = { ...sinceOf, ...valueSinceOf }

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
export function releaseBefore(release: string, since = everySince): string {
  const older = Object.values(since).filter(one => isNewer(release, one))
  return older.reduce((newest, one) => (isNewer(one, newest) ? one : newest), older[0] ?? release)
}

export const newerTypes = (release: string, since = everySince): ReadonlySet<string> =>
  new Set(Object.keys(since).filter(type => isNewer(since[type] ?? release, release)))

let withheld: ReadonlySet<string> = new Set()

/**
 * Only types and values that `release` knows are published from now on. Its consumers would ignore newer types, and what
 * they ignored is not delivered again; an event with a newer value they would dead-letter.
 */
export function publishOnlyTypesOf(release: string, since = everySince): void {
  withheld = newerTypes(release, since)
}

/**
 * Whether events of a type, or with a value that came later than its type, may be published yet. A step that publishes
 * it asks before it changes anything, and does what the release before did when the answer is no.
 */
export const mayPublish = (what: EventType | LaterValue): boolean => !withheld.has(what)
