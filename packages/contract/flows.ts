import type { EventType, Topic } from './event.ts'
import generated from './generated/flows.json' with { type: 'json' }

/** The topics of one service, as its handlers and events/ say. */
export interface Flow {
  publishes: readonly Topic[]
  consumes: readonly Topic[]
  handles: readonly EventType[]
  /**
   * Topics whose broken and unknown records it dead-letters, also those of types it does not consume; each topic has one
   * dead-letter owner.
   */
  ownsDeadLettersOf: readonly Topic[]
}

export const flows = generated as Readonly<Record<string, Flow>> // its generator writes names of topics and types only

export const deadLettersOwnedBy = (service: string): readonly Topic[] => flows[service]?.ownsDeadLettersOf ?? []
