const steps = 10

/**
 * Aborted after so long, measured in steps: a process that was held up itself (a busy machine, a lid that was closed)
 * counts one of them, and reads the answers that have come meanwhile. Otherwise it would say of everybody that they are
 * away.
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
