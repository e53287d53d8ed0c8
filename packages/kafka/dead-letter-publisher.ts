import { setTimeout as pause } from 'node:timers/promises'
import { backoffMs } from '@docket/foundation/backoff.ts'
import { failpoint } from '@docket/foundation/failpoint.ts'
import { asError } from '@docket/foundation/errors.ts'
import type { DeadLetter } from './classify.ts'
import type { ConsumerLog } from './consumer-log.ts'
import { toDeadLetter, toReference } from './dead-letter-record.ts'
import type { RecordProducer } from './producer.ts'

export interface DeadLetterOptions {
  producer: RecordProducer
  group: string
  log: ConsumerLog
  onDeadLetter?: ((letter: DeadLetter) => void) | undefined
}

const longestPauseMs = 5_000

/** Until a dead letter is acknowledged, the offset of its record must not be committed, or a crash would lose it. */
export function deadLetterPublisher({ producer, group, log, onDeadLetter }: DeadLetterOptions) {
  const attempt = async (letters: readonly DeadLetter[]): Promise<{ waiting: DeadLetter[]; failure?: Error }> => {
    const whole = await send(letters, letter => toDeadLetter(letter, group))
    const references = await send(whole.tooLarge, letter => toReference(letter, group))
    const waiting = [...whole.waiting, ...references.waiting, ...references.tooLarge]
    const failure = whole.failure ?? references.failure
    return { waiting, ...(failure && { failure }) }
  }

  const send = async (
    letters: readonly DeadLetter[],
    recordOf: (letter: DeadLetter) => ReturnType<typeof toDeadLetter>,
  ) => {
    if (letters.length === 0) return { waiting: [], tooLarge: [] }
    const { acknowledged, tooLarge, failure } = await failpoint('dead-letter', () =>
      producer.send(letters.map(recordOf)),
    ).catch((error: unknown) => ({
      acknowledged: [],
      tooLarge: [],
      failure: asError(error),
    }))
    const at = (positions: readonly number[]) => positions.flatMap(position => letters[position] ?? [])
    for (const letter of at(acknowledged)) note(letter)
    const answered = new Set([...acknowledged, ...tooLarge])
    const waiting = letters.filter((_, position) => !answered.has(position))
    return { waiting, tooLarge: at(tooLarge), ...(failure && { failure }) }
  }

  const note = (letter: DeadLetter) => {
    const { topic, partition, offset } = letter.record
    log.error({ topic, partition, offset, reason: letter.reason, detail: letter.message }, 'dead-lettered')
    onDeadLetter?.(letter)
  }

  return {
    attempt,
    /** Tries until every letter is acknowledged. Rejects only when `signal` is aborted. */
    async untilAcknowledged(letters: readonly DeadLetter[], signal: AbortSignal, onFailure: (error: Error) => void) {
      for (let waiting = letters, attempts = 1; waiting.length > 0; attempts++) {
        await pause(backoffMs(attempts, { firstMs: 200, longestMs: longestPauseMs }), undefined, { signal })
        const result = await attempt(waiting)
        waiting = result.waiting
        if (waiting.length === 0) return
        const failure = result.failure ?? new Error('Kafka did not acknowledge them')
        onFailure(failure)
        log.warn({ err: failure, attempts, letters: waiting.length }, 'dead letters could not be published yet')
      }
    },
  }
}
