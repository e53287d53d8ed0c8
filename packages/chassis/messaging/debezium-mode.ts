import { setTimeout as pause } from 'node:timers/promises'
import { aborted } from '@docket/foundation/abort.ts'
import type { Logger } from '../log.ts'
import type { OutboxStore } from './outbox-store.ts'

export interface DebeziumMode {
  stop(): Promise<void>
}

const pollMs = 2_000

/**
 * In place of a relay: shows, for as long as it runs, that a replica of this service leaves its events to Debezium. One
 * of several replicas is enough; another follows it.
 */
export function showDebeziumMode(store: OutboxStore, log: Logger): DebeziumMode {
  const ending = new AbortController()
  const end = aborted(ending.signal)
  const run = async (): Promise<void> => {
    while (!ending.signal.aborted) {
      try {
        const hold = await store.showDebezium()
        if (hold) await Promise.race([end, aborted(hold.lost)]).finally(() => hold.release())
      } catch (error) {
        log.debug({ err: error }, 'could not announce that Debezium sends the events of this service')
      }
      await Promise.race([end, pause(pollMs, undefined, { ref: false })])
    }
  }
  const running = run()
  return {
    async stop() {
      ending.abort()
      await running
    },
  }
}
