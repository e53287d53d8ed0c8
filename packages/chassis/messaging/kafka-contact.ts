import { refusalOf } from '@docket/kafka/security.ts'
import { messageOf } from '@docket/foundation/errors.ts'

/** As long as a service that has never reached Kafka is not ready: after that it takes what its outbox can keep. */
const graceMs = 60_000

/**
 * Whether the first contact with Kafka has been made. Until then a service is not ready, so that a roll-out with a wrong
 * password or without a right stops while the old replicas serve; but a Kafka that cannot be reached keeps nobody from
 * serving for longer than a minute. Later on Kafka decides about readiness no more: the outbox takes what comes.
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
    waitsFor(): string | undefined {
      if (isMade) return undefined
      const isOver = sinceMs !== undefined && nowMs() - sinceMs >= graceMs
      return isOver && !isRefused ? undefined : reason
    },
    /** What is wrong now, as long as there has been no contact. */
    trouble: (): string | undefined => (isMade ? undefined : reason),
  }
}

export type KafkaContact = ReturnType<typeof kafkaContact>
