import { setTimeout as pause } from 'node:timers/promises'
import { backoffMs } from '@docket/foundation/backoff.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import type { Logger } from './log.ts'

const shutdownMs = 19_000 // a supervisor kills after 20 s plus the drain

/**
 * Ends the process through `stop` on SIGTERM and SIGINT, and at once on an unexpected error. A second signal does not
 * wait, so that a hanging stop can be interrupted.
 */
export function endCleanly(log: Logger, stop: () => Promise<void>, drainMs = 0): (reason: Error) => void {
  let ending = false
  const fatal = (error: unknown, origin?: string) => {
    log.fatal({ err: error, origin }, 'the process cannot go on; its supervisor starts it again')
    process.exit(1)
  }
  const end = async (signal: string) => {
    if (ending) process.exit(1)
    ending = true
    log.info({ signal }, 'stopping')
    const inTime = await Promise.race([stop().then(() => true), pause(drainMs + shutdownMs, false, { ref: false })])
    log.info({ inTime }, 'stopped')
    process.exit(inTime ? 0 : 1)
  }
  process.on('SIGTERM', signal => void end(signal).catch(error => fatal(error, signal)))
  process.on('SIGINT', signal => void end(signal).catch(error => fatal(error, signal)))
  process.on('uncaughtException', error => fatal(error, 'uncaughtException'))
  process.on('unhandledRejection', reason => fatal(reason, 'unhandledRejection'))
  return fatal
}

/**
 * Waits at startup for a server that is unavailable, with jitter so that replicas do not retry in step, and logs it.
 */
export async function untilItWorks<T>(
  what: string,
  log: Logger,
  attempt: () => Promise<T>,
  onTrouble: (reason: string, error: unknown) => void,
): Promise<T> {
  for (let tries = 1; ; tries++) {
    try {
      return await attempt()
    } catch (error) {
      const reason = `${what}: ${messageOf(error)}`
      onTrouble(reason, error)
      log.warn({ tries, reason }, `waiting for ${what}`)
      await pause(backoffMs(tries, { firstMs: 100, longestMs: 2_000 }))
    }
  }
}
