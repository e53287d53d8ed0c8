import { setTimeout as pause } from 'node:timers/promises'

interface Answer {
  status: number
  headers: { 'retry-after'?: string | undefined }
}

const longestMs = 120_000 // longer than a limit of a minute needs; a lockout is reported instead of waited for

/** For how long a service wants us to wait; undefined for any other answer. */
export function askedToWaitMs({ status, headers }: Answer): number | undefined {
  const seconds = Number(headers['retry-after'] ?? Number.NaN)
  const ms = Math.max(1, seconds) * 1_000
  return status === 429 && ms <= longestMs ? ms : undefined
}

/**
 * Sends as fast as the service allows: a request refused for now is resent when the service says so, and no other
 * request goes to it before. `onWait` gets the duration, and undefined when it continues.
 */
export function pacer(
  signal: AbortSignal,
  onWait: (ms: number | undefined) => void,
  wait: (ms: number) => Promise<unknown> = ms => pause(ms, undefined, { signal }),
  now = Date.now,
) {
  const goesOnAt = new Map<string, number>()
  return async <A extends Answer>(service: string, attempt: () => Promise<A>): Promise<A> => {
    for (;;) {
      for (let ms = 0; (ms = (goesOnAt.get(service) ?? 0) - now()) > 0;) {
        onWait(ms)
        await wait(ms)
        onWait(undefined)
      }
      const answer = await attempt()
      const ms = askedToWaitMs(answer)
      if (ms === undefined) return answer
      goesOnAt.set(service, Math.max(goesOnAt.get(service) ?? 0, now() + ms))
    }
  }
}
