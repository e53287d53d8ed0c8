import { setTimeout as pause } from 'node:timers/promises'

/** What one query found for each waiter; undefined for those that must wait longer. */
type FoundFor<Wait, Found> = (wait: Wait) => Found | undefined

type WaitFor<Wait, Found> = (wait: Wait, signal?: AbortSignal) => Promise<Found | undefined>

/**
 * Lets all who wait for something in the same source share one repeated query. The first query comes `everyMs` after
 * the wait begins, and none is made while nobody waits. When a query rejects, so does every wait.
 */
export function sharedPoll<Source extends object, Wait, Found>(
  everyMs: number,
  look: (source: Source, waits: readonly Wait[]) => Promise<FoundFor<Wait, Found>>,
): (source: Source) => WaitFor<Wait, Found> {
  const polls = new WeakMap<Source, WaitFor<Wait, Found>>()
  return source => {
    const waitFor = polls.get(source) ?? pollOf<Wait, Found>(everyMs, waits => look(source, waits))
    polls.set(source, waitFor)
    return waitFor
  }
}

function pollOf<Wait, Found>(
  everyMs: number,
  look: (waits: readonly Wait[]) => Promise<FoundFor<Wait, Found>>,
): WaitFor<Wait, Found> {
  const waiting = new Map<PromiseWithResolvers<Found | undefined>, Wait>()
  let isRunning = false

  const lookOnce = async () => {
    const before = [...waiting]
    try {
      const foundFor = await look(before.map(([, wait]) => wait))
      for (const [result, wait] of before) {
        const found = foundFor(wait)
        if (found === undefined) continue
        waiting.delete(result)
        result.resolve(found)
      }
    } catch (error) {
      for (const [result] of before) {
        waiting.delete(result)
        result.reject(error)
      }
    }
  }
  const run = async () => {
    isRunning = true
    while (waiting.size > 0) {
      await pause(everyMs)
      if (waiting.size > 0) await lookOnce()
    }
    isRunning = false
  }

  return async (wait, signal) => {
    if (signal?.aborted) return undefined
    const result = Promise.withResolvers<Found | undefined>()
    const end = () => {
      waiting.delete(result)
      result.resolve(undefined)
    }
    waiting.set(result, wait)
    signal?.addEventListener('abort', end, { once: true })
    if (!isRunning) void run()
    try {
      return await result.promise
    } finally {
      signal?.removeEventListener('abort', end)
    }
  }
}
