import { pauseOrAbort } from '@docket/foundation/abort.ts'
import { doublingMs } from '@docket/foundation/backoff.ts'
import { exit, Failure } from '../failure.ts'
import type { Body } from '../client/generated/requests.ts'
import type { Mgmt } from '../mgmt.ts'
import type { Importer } from './importer.ts'
import type { RowResult } from './results.ts'

const attempts = 6
const backoff = { firstMs: 800, longestMs: 12_800 }
const mostRefusals = 1_000

interface Sending<Sent extends Body> {
  row: number
  body: Sent
  key: string
  /** Keys under which it was refused, by the results. */
  refused: ReadonlySet<string>
  /** It is sent again after this. */
  onRetry(failure: Failure): void
}

/**
 * Sends until there is an answer, always under the same key. What the service refuses is the row's result; what keeps
 * all rows is thrown. A refusal that the service only repeats is an old one: what it was for may be mended, so that the
 * row is tried again, under the next key. It is the same one in every run, as each begins with the first.
 */
export async function sendRow<Sent extends Body>(
  mgmt: Mgmt,
  { send }: Importer<Sent>,
  { row, body, key: first, refused, onRetry }: Sending<Sent>,
): Promise<RowResult> {
  for (let [attempt, time] = [1, 1]; ;) {
    const key = time === 1 ? first : `${first}~${time}`
    try {
      return { row, state: 'done', id: await send(body, key), key }
    } catch (error) {
      mgmt.signal.throwIfAborted()
      if (!(error instanceof Failure) || error.status === exit.notAllowed) throw error
      const wasRefused = error.isReplay || (error.code === 'idempotency_key_reused' && refused.has(key))
      if (wasRefused && time < mostRefusals) time++
      else if (!isPassing(error))
        return {
          row,
          state: 'failed',
          key,
          code: error.code,
          message: [error.message, ...error.errors.map(one => `${one.path}: ${one.message}`)].join(' '),
        }
      else if (attempt === attempts) throw error
      else {
        onRetry(error)
        await pauseOrAbort(doublingMs(attempt++, backoff), mgmt.signal)
      }
    }
  }
}

const isPassing = ({ status, code }: Failure) =>
  status === exit.unreachable || code === 'http_429' || code === 'too_many_requests'
