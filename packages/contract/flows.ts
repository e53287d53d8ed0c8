import type { EventType, Topic } from './event.ts'
import generated from './generated/flows.json' with { type: 'json' }

export interface Flow {
  /** Its own topics: it alone redrives their dead letters. */
  publishes: readonly Topic[]
  /** Topics of other services that it publishes to as well. */
  alsoPublishes: readonly Topic[]
  consumes: readonly Topic[]
  handles: readonly EventType[]
  /**
   * Topics whose broken and unknown records it dead-letters, including types that it does not consume; each topic has
   * one dead-letter owner.
   */
  ownsDeadLettersOf: readonly Topic[]
}

export const flows = generated as Readonly<Record<string, Flow>> // its generator writes names of topics and types only

export const publishedBy = (service: string): readonly Topic[] => flows[service]?.publishes ?? []

export const alsoPublishedBy = (service: string): readonly Topic[] => flows[service]?.alsoPublishes ?? []

export const deadLettersOwnedBy = (service: string): readonly Topic[] => flows[service]?.ownsDeadLettersOf ?? []

/** What a service's group reads: what it handles, and what it owns the dead letters of. */
export const readBy = (service: string): readonly Topic[] => {
  const flow = flows[service]
  return flow ? [...new Set([...flow.consumes, ...flow.ownsDeadLettersOf])] : []
}
