import type { StoredOutboxRow } from '@docket/chassis/messaging/outbox-store.ts'

/** An event of an order as its outbox holds it; its id is that of the order with the sequence. */
export const storedRow = (aggregateid: string, sequence: number): StoredOutboxRow => ({
  id: `${aggregateid}${sequence}`,
  eventId: `${aggregateid}${sequence}`,
  aggregatetype: 'order',
  aggregateid,
  type: 'order.completed',
  sequence,
  time: '2026-01-01T00:00:00.000Z',
  traceparent: undefined,
  payload: '{}',
})
