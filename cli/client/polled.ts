import { pauseOrAbort } from '@docket/foundation/abort.ts'
import { doublingMs } from '@docket/foundation/backoff.ts'
import { beforeEnding } from '../cleanup.ts'
import { asFailure, withTruth } from '../failure.ts'
import type { Api, ServiceKey } from './api.ts'

interface Poller {
  api: Api
  signal: AbortSignal
  tell(text: string): void
}

const backoff = { firstMs: 50, longestMs: 1_000 }

/**
 * Reads what a service decides in the background until it has. If that is interrupted, the user is told that it goes on
 * by itself, and how to see what becomes of it.
 */
export async function polled<T>(
  { api, signal, tell }: Poller,
  { service, path, isDecided }: { service: ServiceKey; path: string; isDecided: (value: T) => boolean },
  { truth, next }: { truth: string; next: string },
): Promise<T> {
  const unregister = beforeEnding(() => tell(`${truth} ${next}`))
  try {
    for (let attempt = 1; ; attempt++) {
      const value = await api.get<T>(service, path)
      if (isDecided(value)) return value
      await pauseOrAbort(doublingMs(attempt, backoff), signal)
    }
  } catch (error) {
    throw withTruth(asFailure(error), truth, next)
  } finally {
    unregister()
  }
}
