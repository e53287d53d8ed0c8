import type { EventType, Topic } from '@docket/contract/event.ts'
import { answers, sinceOf, topicOf, valueSinceOf, type LaterValue } from '@docket/contract/generated/contract.ts'

const everySince: Readonly<Record<string, string>> = { ...sinceOf, ...valueSinceOf }

const numbers = (release: string) => release.split('.').map(Number)

function isNewer(release: string, than: string): boolean {
  const [left, right] = [numbers(release), numbers(than)]
  const differing = left.findIndex((number, at) => number !== right[at])
  return differing >= 0 && (left[differing] ?? 0) > (right[differing] ?? 0)
}

/**
 * The previous release as far as event types tell: the newest of the older releases that introduced types. The first
 * release has none before it.
 */
export function releaseBefore(release: string, since = everySince): string {
  const older = Object.values(since).filter(one => isNewer(release, one))
  return older.reduce((newest, one) => (isNewer(one, newest) ? one : newest), older[0] ?? release)
}

/**
 * Without types that came with their topic: no consumer of an older release reads that topic. And without answers: what
 * they answer was published, so every consumer knows both, also while the setting differs between replicas. An answer
 * that is withheld would be a dead letter.
 */
export function newerTypes(release: string, since = everySince): ReadonlySet<string> {
  const types = Object.keys(since)
  const isRead = new Set(types.filter(type => !isNewer(since[type] ?? release, release)).map(topicOfType))
  return new Set(
    types.filter(type => {
      const topic = topicOfType(type)
      return (
        isNewer(since[type] ?? release, release) && !answers.has(type) && (topic === undefined || isRead.has(topic))
      )
    }),
  )
}

const topicOfType = (type: string): Topic | undefined => (topicOf as Readonly<Record<string, Topic>>)[type]

let withheld: ReadonlySet<string> = new Set()

/**
 * From now on, only types and values that `release` knows are published. Its consumers ignore newer types, which are
 * not delivered again; and they would dead-letter an event with a newer value.
 */
export function publishOnlyTypesOf(release: string, since = everySince): void {
  withheld = newerTypes(release, since)
}

/**
 * Whether events of a type, or with a value that was added to its type later, may be published yet. A step must ask
 * before it changes anything, and do what the previous release did when the answer is no.
 */
export const mayPublish = (what: EventType | LaterValue): boolean => !withheld.has(what)
