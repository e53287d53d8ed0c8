import { isId } from '@docket/contract/mask.ts'
import type { KafkaSettings } from '@docket/kafka/client.ts'
import {
  carryOut,
  type DeadLetterOrder,
  type DeadLetterOutcome,
  type StoredDeadLetter,
} from '@docket/kafka/dead-letter-queue.ts'
import type { Topic } from '@docket/contract/event.ts'
import type { Database } from '../database/database.ts'

const longestMs = 5_000 // the rest is left to the next request, because a client waits 20 s for an answer

let ours: { kafka: KafkaSettings; topics: readonly string[] } | undefined

/**
 * From now on this service executes redrive and dismiss orders for its topics, because no other service redrives them.
 */
export function ownDeadLetters(kafka: KafkaSettings, topics: readonly string[]): void {
  ours = { kafka, topics }
}

/** A dead letter that is about to be sent again or dismissed. */
export interface ChosenLetter {
  id: string
  orderId: string | undefined
  inWords: string
}

const chosen = ({ id, topic, key, type, reason }: StoredDeadLetter): ChosenLetter => ({
  id,
  orderId: key !== null && !isOfNoOrder.has(topic) && isId(key) ? key : undefined,
  inWords: `${type ?? 'no event'}: ${reason}`,
})

const isOfNoOrder: ReadonlySet<string> = new Set<Topic>(['user-events', 'audit-events'])

let turn: Promise<unknown> = Promise.resolve()

/**
 * One replica at a time executes orders, so that what two operators request is done once. Requests to the same replica
 * queue here, because each waiting for the lock would take a connection.
 */
export function carryOutAlone(
  db: Database,
  order: DeadLetterOrder,
  { signal, announce }: { signal: AbortSignal; announce(letters: readonly ChosenLetter[]): Promise<void> },
): Promise<DeadLetterOutcome> {
  const { kafka, topics } = ours ?? notTold()
  const mine = turn.then(() => {
    signal.throwIfAborted()
    return db.exclusively(() => {
      const endMs = performance.now() + longestMs
      return carryOut(kafka, topics, order, {
        signal,
        announce: letters => announce(letters.map(chosen)),
        isLate: () => performance.now() > endMs,
      })
    })
  })
  turn = mine.catch(() => undefined) // its own caller is told
  return mine
}

function notTold(): never {
  throw new Error('the dead letters of this service are not configured')
}
