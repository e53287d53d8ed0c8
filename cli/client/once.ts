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
 * Runs a change. If it is interrupted by Ctrl-C, by --timeout or by a missing answer, the error says that the outcome
 * is unknown, and how to proceed.
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
    // an error that a service itself reports means that nothing was done
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

/** Whether the outcome of the request is unknown: there was no answer, a late one, or one that no service sent. */
export const isOpen = ({ status, code }: Failure) =>
  status === exit.unreachable || status === exit.timedOut || code === 'broken_answer'

const attempts = 4
const backoff = { firstMs: 400, longestMs: 1_600 }

interface Change {
  service: ServiceKey
  method?: 'POST' | 'PATCH'
  path: string
  body?: Body
  /** Without a key, the request must be safe to repeat. */
  key?: string
  unknown: string
}

/**
 * Resends with the same key until there is an answer, so that the change is made once however often the request
 * arrives.
 */
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
