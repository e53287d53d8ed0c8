import { refusalOf } from '@docket/kafka/security.ts'
import { messageOf } from '@docket/foundation/errors.ts'

/** How long a service that has never reached Kafka stays unready; after that, its outbox can hold what it accepts. */
const graceMs = 60_000

/**
 * Whether the first contact with Kafka has been made. Until then a service is not ready, so that a rollout with a wrong
 * password or a missing right stops while the old replicas still serve. An unreachable Kafka keeps a service from
 * serving for a minute at most. Later, Kafka no longer affects readiness, because the outbox buffers events.
 */
export function kafkaContact(nowMs: () => number = Date.now) {
  let isMade = false
  let reason: string | undefined
  let isRefused = false
  let sinceMs: number | undefined
  return {
    begin(): void {
      sinceMs = nowMs()
      reason = 'Kafka: not connected yet'
    },
    made(): void {
      isMade = true
    },
    failed(error: unknown): void {
      const message = messageOf(error)
      this.waiting(`Kafka: ${message}`, refusalOf(error) !== undefined)
    },
    waiting(why: string, refused: boolean): void {
      reason = why
      isRefused = refused
    },
    /** What keeps the service from being ready; undefined when nothing of Kafka does. */
    waitsFor(): string | undefined {
      if (isMade) return undefined
      const isOver = sinceMs !== undefined && nowMs() - sinceMs >= graceMs
      return isOver && !isRefused ? undefined : reason
    },
    trouble: (): string | undefined => (isMade ? undefined : reason),
  }
}

export type KafkaContact = ReturnType<typeof kafkaContact>
