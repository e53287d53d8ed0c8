import { setTimeout as pause } from 'node:timers/promises'
import { messageOf } from '@docket/foundation/errors.ts'
import type { DeadLetter, Delivery } from './classify.ts'
import type { DocketEvent } from '@docket/contract/event.ts'
import { backoffMs } from '@docket/foundation/backoff.ts'
import { PoisonEvents } from './poison-events.ts'
import { errorAbout } from './shown-event.ts'

export interface RetryOptions {
  handle(events: readonly DocketEvent[]): Promise<void>
  /** Transient failures are retried for as long as they last: the batch whole at first, then in halves. */
  isTransient(error: unknown): boolean
  onRetry(error: unknown, attempt: number, events: number): void
  signal: AbortSignal
}

const attemptsOfAWholeBatch = 3
const backoff = { firstMs: 20, longestMs: 5_000 }

/**
 * Handles every delivery, or finds out which cannot be handled. A batch that keeps failing is split: until the poison
 * event stands alone, or until what is handled at once fits into the time limit of a statement, whose excess is
 * transient. Rejects only when `signal` is aborted.
 */
export async function processWithRetry(
  deliveries: readonly Delivery[],
  options: RetryOptions,
  attempts = attemptsOfAWholeBatch,
  firstAttempt = 1,
): Promise<DeadLetter[]> {
  let open = deliveries
  const dead: DeadLetter[] = []
  for (let attempt = firstAttempt, permanent = 0; open.length > 0; attempt++) {
    options.signal.throwIfAborted()
    try {
      await options.handle(open.map(delivery => delivery.event))
      return dead
    } catch (error) {
      options.signal.throwIfAborted()
      const poison = error instanceof PoisonEvents ? named(open, error) : []
      if (poison.length > 0) {
        dead.push(...poison)
        const records = new Set(poison.map(({ record }) => record))
        open = open.filter(({ record }) => !records.has(record))
        continue
      }
      options.onRetry(error, attempt, open.length)
      const isTransient = options.isTransient(error)
      if (!isTransient && ++permanent >= attempts) return [...dead, ...(await split(open, error, options))]
      await pause(backoffMs(attempt, backoff), undefined, { signal: options.signal })
      if (isTransient && open.length > 1 && attempt >= attemptsOfAWholeBatch)
        return [...dead, ...(await inHalves(open, options, attemptsOfAWholeBatch, attempt + 1))]
    }
  }
  return dead
}

async function split(deliveries: readonly Delivery[], error: unknown, how: RetryOptions): Promise<DeadLetter[]> {
  const [only] = deliveries
  if (only && deliveries.length === 1) return [deadLetter(only, error)]
  return inHalves(deliveries, how, deliveries.length <= 2 ? attemptsOfAWholeBatch : 1) // a single event gets every attempt
}

async function inHalves(deliveries: readonly Delivery[], how: RetryOptions, attempts: number, firstAttempt = 1) {
  const middle = Math.ceil(deliveries.length / 2)
  const first = await processWithRetry(deliveries.slice(0, middle), how, attempts, firstAttempt)
  return [...first, ...(await processWithRetry(deliveries.slice(middle), how, attempts))]
}

const named = (deliveries: readonly Delivery[], { reasons }: PoisonEvents) =>
  deliveries.flatMap((delivery): DeadLetter[] => {
    const message = reasons.get(delivery.event)
    return message === undefined ? [] : [{ record: delivery.record, reason: 'cannot_be_handled', message }]
  })

const deadLetter = ({ record }: Delivery, error: unknown): DeadLetter => ({
  record,
  reason: 'cannot_be_handled',
  message: errorAbout(record, messageOf(error)),
})
