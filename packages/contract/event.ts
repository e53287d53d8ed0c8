import type { DataOf, EventType } from './generated/contract.ts'

export type { DataOf, EventType, Topic } from './generated/contract.ts'

/** One fact, as it is on the wire: CloudEvents attributes in headers, `data` as the JSON value. */
export interface EventOf<T extends EventType> {
  id: string
  type: T
  source: string
  /** The aggregate: order id, sku or user id. It is the Kafka key, so the events of an aggregate stay in order. */
  key: string
  /** RFC 3339 UTC. */
  time: string
  /** Version of the aggregate, counted from 1, ascending within its topic. */
  sequence: number
  traceparent?: string
  data: DataOf[T]
}

export type DocketEvent = { [T in EventType]: EventOf<T> }[EventType]
