const steps = 10

/**
 * Aborted after a time that is measured in steps. A process that was held up itself (a busy machine, a closed lid)
 * counts one step and reads the answers that have come meanwhile; otherwise it would report every service as
 * unavailable.
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
