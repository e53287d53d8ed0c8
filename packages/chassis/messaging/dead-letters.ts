import type { KafkaSettings } from '@docket/kafka/client.ts'
import { carryOut, type DeadLetterOrder, type DeadLetterOutcome } from '@docket/kafka/dead-letter-queue.ts'
import type { Database } from '../database/database.ts'

const longestMs = 5_000 // then the rest is for the next request: a client waits 20 s for an answer

let ours: { kafka: KafkaSettings; topic: string } | undefined

/** From now on this service carries out orders on the dead letters of its topic: no other may write that. */
export function ownDeadLetters(kafka: KafkaSettings, topic: string): void {
  ours = { kafka, topic }
}

let turn: Promise<unknown> = Promise.resolve()

/**
 * One replica at a time does it, so that what two operators want is done once. Those who ask the same replica wait here:
 * waiting for the lock would take a connection each.
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
  turn = mine.catch(() => undefined) // who asked for it is told
  return mine
}

function notTold(): never {
  throw new Error('the dead letters of this service are not configured')
}
