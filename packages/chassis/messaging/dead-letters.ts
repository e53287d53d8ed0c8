import type { KafkaSettings } from '@docket/kafka/client.ts'
import { carryOut, type DeadLetterOrder, type DeadLetterOutcome } from '@docket/kafka/dead-letter-queue.ts'
import type { Database } from '../database/database.ts'

const longestMs = 5_000 // the rest is left to the next request, because a client waits 20 s for an answer

let ours: { kafka: KafkaSettings; topic: string } | undefined

/**
 * From now on this service executes redrive and dismiss orders for its topic, because no other service may write to it.
 */
export function ownDeadLetters(kafka: KafkaSettings, topic: string): void {
  ours = { kafka, topic }
}

let turn: Promise<unknown> = Promise.resolve()

/**
 * One replica at a time executes orders, so that what two operators request is done once. Requests to the same replica
 * queue here, because each waiting for the lock would take a connection.
 */
export function carryOutAlone(db: Database, order: DeadLetterOrder, signal: AbortSignal): Promise<DeadLetterOutcome> {
  const { kafka, topic } = ours ?? notTold()
  const mine = turn.then(() => {
    signal.throwIfAborted()
    return db.exclusively(() => {
      const endMs = Date.now() + longestMs
      return carryOut(kafka, topic, order, signal, () => Date.now() > endMs)
    })
  })
  turn = mine.catch(() => undefined) // its own caller is told
  return mine
}

function notTold(): never {
  throw new Error('the dead letters of this service are not configured')
}
