import { until } from '@docket/test/support/until.ts'

export interface Behaviour {
  fails?: number
  losesAnswers?: number
  /** Stored: the same key is declined again, another one is not. */
  declinesRefunds?: number
  /** Stored: the same key gets a 500 again. */
  failsRefunds?: number
  hangs?: number
  slowMs?: number
  answers?: { status: number; body?: 'json' | 'html' | 'empty'; retryAfter?: string }
  listsNothing?: boolean
}

export const behave = (provider: string, behaviour: Behaviour): Promise<void> =>
  until(
    'the provider accepts how to behave',
    async () =>
      (
        await fetch(`${provider}/behaviour`, {
          method: 'PUT',
          body: JSON.stringify(behaviour),
          signal: AbortSignal.timeout(3_000),
        })
      ).ok,
  ).then(() => undefined)
