import { aborted } from '@docket/foundation/abort.ts'

const steps = 10

/**
 * Aborts after a time measured in steps. A process that was suspended itself (a busy machine, a closed lid) counts one
 * step only, and reads the answers that arrived meanwhile; otherwise it would report every service as unavailable.
 */
export function patience(ms: number): AbortSignal {
  const ending = new AbortController()
  let left = steps
  const timer = setInterval(() => {
    if (--left > 0) return
    clearInterval(timer)
    ending.abort(new DOMException(`no answer within ${ms / 1_000} s`, 'TimeoutError'))
  }, ms / steps).unref()
  return ending.signal
}

export const outOfPatience = (ms: number): Promise<void> => aborted(patience(ms))
