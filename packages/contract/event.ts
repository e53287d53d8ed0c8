import type { DataOf, EventType } from './generated/contract.ts'

export type { DataOf, EventType, Topic } from './generated/contract.ts'

/** One fact, as it is on the wire: CloudEvents attributes in headers, `data` as the JSON value. */
export interface EventOf<T extends EventType> {
  /** UUID v7. */
  id: string
  type: T
  /** Which service says so: `/order-service`. */
  source: string
  /** What it is about: order id, sku or user id. The Kafka key. */
  key: string
  /** RFC 3339 UTC. */
  time: string
  /** Version of the aggregate, from 1, in order within its topic. */
  sequence: number
  traceparent?: string
  data: DataOf[T]
}

export type DocketEvent = { [T in EventType]: EventOf<T> }[EventType]
