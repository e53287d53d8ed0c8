import { pauseOrAbort } from '@docket/foundation/abort.ts'
import { doublingMs } from '@docket/foundation/backoff.ts'
import { beforeEnding } from '../cleanup.ts'
import { exit, Failure, withTruth } from '../failure.ts'
import type { Api, ServiceKey } from './api.ts'
import type { Body } from './generated/requests.ts'

interface Sender {
  api: Api
  signal: AbortSignal
  tell(text: string): void
}

/**
 * Does what changes things. When it is cut off, by Ctrl-C, by --timeout or because nobody answers, it is said that it is
 * not known whether it was done, and how to go on.
 */
export async function toldWhenCutOff<T>(
  { tell }: Pick<Sender, 'tell'>,
  cutOff: { readonly unknown: string; readonly goOn: string },
  work: () => Promise<T>,
): Promise<T> {
  const unregister = beforeEnding(() => tell(`${cutOff.unknown} is not known; ${cutOff.goOn}`))
  try {
    return await work()
  } catch (error) {
    if (!(error instanceof Failure) || !isOpen(error)) throw error
    const { unknown, goOn } = cutOff
    const { message, status, code, requestId } = error
    // a service that says so itself has done nothing
    const isAnswer =
      status === exit.unreachable && !['unreachable', 'kafka_unreachable'].includes(code) && !code.startsWith('http_')
    if (!isAnswer) throw withTruth(error, `${unknown[0]?.toUpperCase()}${unknown.slice(1)} is not known.`, goOn)
    throw new Failure(message, {
      status,
      code,
      cause: error,
      next: goOn,
      ...(requestId !== undefined && { requestId }),
    })
  } finally {
    unregister()
  }
}

/** Whether it leaves open what became of the request: no answer, none in time, or one that is no answer of a service. */
export const isOpen = ({ status, code }: Failure) =>
  status === exit.unreachable || status === exit.timedOut || code === 'broken_answer'

const attempts = 4
const backoff = { firstMs: 400, longestMs: 1_600 }

interface Change {
  service: ServiceKey
  method?: 'POST' | 'PATCH'
  path: string
  body?: Body
  /** Without one, doing it twice is the same as once. */
  key?: string
  /** As in "whether the order was created". */
  unknown: string
}

/** Sends until there is an answer: with the same key, so that however often it arrives it is done once. */
export const sendOnce = <T>(
  sender: Sender,
  { service, method = 'POST', path, body, key, unknown }: Change,
): Promise<T> => {
  const goOn =
    key === undefined ? 'it is safe to repeat the command' : `it is safe to repeat with: --idempotency-key ${key}`
  return toldWhenCutOff(sender, { unknown, goOn }, async () => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await sender.api.send<T>(service, method, path, body, { idempotencyKey: key })
      } catch (error) {
        sender.signal.throwIfAborted()
        if (!(error instanceof Failure) || error.status !== exit.unreachable || attempt === attempts) throw error
        await pauseOrAbort(doublingMs(attempt, backoff), sender.signal)
      }
    }
  })
}
