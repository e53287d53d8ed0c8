import type { DocketEvent, EventType } from '@docket/contract/event.ts'
import {
  header,
  isMalformed,
  isUnknownEvent,
  malformedReasons,
  parseRecord,
  type IncomingRecord,
  type Malformed,
} from './record-codec.ts'
import { isEventType } from '@docket/contract/validate.ts'

export interface Delivery {
  record: IncomingRecord
  event: DocketEvent
}

export interface DeadLetter {
  record: IncomingRecord
  reason: (typeof deadLetterReasons)[number]
  message: string
}

export interface UnknownCount {
  topic: string
  type: string
  events: number
}

export const deadLetterReasons = ['cannot_be_handled', ...malformedReasons] as const

export interface Subscription {
  consumes: ReadonlySet<EventType>
  /**
   * Topics whose records it checks even when it does not consume them. Each topic has one dead-letter owner, so a
   * broken record is dead-lettered once.
   */
  ownsDeadLettersOf: ReadonlySet<string>
}

export function classify(
  records: readonly IncomingRecord[],
  subscription: Subscription,
): { deliveries: Delivery[]; broken: DeadLetter[]; unknown: UnknownCount[] } {
  const deliveries: Delivery[] = []
  const unknown = unknownCounts()
  const broken: DeadLetter[] = []
  const seen = new Set<string>()
  for (const record of records) {
    const type = header(record, 'ce_type') ?? ''
    const isKnown = isEventType(type)
    const isConsumed = isKnown && subscription.consumes.has(type)
    const isOwned = subscription.ownsDeadLettersOf.has(record.topic)
    if (isKnown && !isConsumed && !isOwned) continue
    const event = parseRecord(record)
    if (isUnknownEvent(event)) unknown.add(record.topic, type)
    else if (isMalformed(event)) {
      if (isConsumed || isOwned) broken.push(malformedLetter(record, event))
    } else if (isConsumed && !seen.has(event.id)) {
      seen.add(event.id)
      deliveries.push({ record, event })
    }
  }
  return { deliveries, broken, unknown: unknown.list() }
}

function unknownCounts() {
  const counts = new Map<string, UnknownCount>()
  return {
    add(topic: string, type: string): void {
      const count = counts.get(`${topic} ${type}`) ?? { topic, type, events: 0 }
      counts.set(`${topic} ${type}`, { ...count, events: count.events + 1 })
    },
    list: () => [...counts.values()],
  }
}

const malformedLetter = (record: IncomingRecord, { reason, message }: Malformed): DeadLetter => ({
  record,
  reason,
  message,
})

/**
 * The events by type, in the order in which `lifeOrder` lists the types, each list in the order of arrival.
 *
 * This is how the order of one key is kept inside a batch: a service lists its types in the order of an order's life,
 * creations before cancellations, so what comes first in a life is handled first. Types of several topics have no order
 * among them anyway; a cancellation that comes batches ahead of its creation is the tombstone's business.
 */
export function inLifecycleOrder(
  events: readonly DocketEvent[],
  lifecycle: readonly EventType[],
): [EventType, DocketEvent[]][] {
  const byType = new Map<EventType, DocketEvent[]>(lifecycle.map(type => [type, []]))
  for (const event of events) byType.get(event.type)?.push(event)
  return [...byType].filter(([, some]) => some.length > 0)
}
