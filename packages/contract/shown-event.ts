/** A record of a topic as people and programs see it: masked, see mask.ts. */
export interface ShownEvent {
  topic: string
  partition: number
  offset: number
  /** When Kafka got it, RFC 3339. */
  time: string
  key: string | null
  type: string | null
  headers: Record<string, string>
  data: unknown
}
