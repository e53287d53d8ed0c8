/**
 * A look at a table that callers start when it is due, and do not wait for: one is under way at a time. `restMs` is how
 * long after it the next is due. A failed look is the next one's concern, as its reader meets the same trouble.
 */
export function backgroundLook<Args extends unknown[]>(
  look: (...args: Args) => Promise<unknown>,
  restMs: (tookMs: number, hasFailed: boolean) => number,
): (...args: Args) => void {
  let dueAtMs = 0
  let isLooking = false

  const run = async (args: Args) => {
    const fromMs = performance.now()
    let hasFailed = false
    isLooking = true
    try {
      await look(...args)
    } catch {
      hasFailed = true
    } finally {
      const nowMs = performance.now()
      dueAtMs = nowMs + restMs(nowMs - fromMs, hasFailed)
      isLooking = false
    }
  }
  return (...args) => {
    if (!isLooking && performance.now() >= dueAtMs) void run(args)
  }
}
