import type { DocketEvent } from '@docket/contract/event.ts'

/**
 * Thrown by a handler that knows which events of its batch it can never handle: these are dead-lettered, the others are
 * handled without them. Name all at once: each throw costs a transaction of the whole batch.
 */
export class PoisonEvents extends Error {
  override name = 'PoisonEvents'
  readonly reasons: ReadonlyMap<DocketEvent, string>

  constructor(reasons: Iterable<readonly [DocketEvent, string]>) {
    const known = new Map(reasons)
    super([...known.values()].slice(0, 3).join('; '))
    this.reasons = known
  }
}
