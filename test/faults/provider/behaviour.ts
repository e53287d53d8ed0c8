import { until } from '@docket/test/support/until.ts'

/** How the payment provider misbehaves; probabilities from 0 to 1, nothing set: it works. */
export interface Behaviour {
  /** Answers 500, and has done nothing. */
  fails?: number
  /** Does it, and cuts the connection. */
  losesAnswers?: number
  /** Says nothing for longer than anybody waits, then goes on. */
  hangs?: number
  /** Delays every answer by about this long. */
  slowMs?: number
  answers?: { status: number; body?: 'json' | 'html' | 'empty'; retryAfter?: string }
  listsNothing?: boolean
}

/** Tells a provider how to behave; one that is just being started again is waited for. */
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
