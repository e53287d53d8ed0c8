import type { DocketEvent } from '@docket/contract/event.ts'

/**
 * Thrown by a handler that knows which event it can never handle: that event is dead-lettered, the rest of the batch
 * goes on.
 */
export class PoisonEvent extends Error {
  readonly event: DocketEvent

  constructor(event: DocketEvent, message: string) {
    super(message)
    this.name = 'PoisonEvent'
    this.event = event
  }
}
