import type { Database } from './database/database.ts'
import type { Logger } from './log.ts'
import { sweeping } from './tracing/tracing.ts'
import { pauseUnlessAborted } from '@docket/foundation/abort.ts'

/** No event or request triggers this work, because it has become due, or was left behind by a crash. */
export interface Sweep {
  name: string
  everyMs: number
  /** Asked after each batch of events: whether something may be due already. */
  afterBatch?(): boolean
  run(db: Database, signal: AbortSignal): Promise<number>
  /** Whether there may be more after a run that did so much, so that it runs again at once. Default: if it did anything. */
  hasMore?(done: number): boolean
  finish?(): Promise<void>
}

export interface RunningSweeps {
  wake(): void
  stop(): Promise<void>
}

export interface SweepMeter {
  worked(sweep: string): void
  failed(sweep: string): void
}

const unmeasured: SweepMeter = { worked: () => undefined, failed: () => undefined }

export function startSweeps(sweeps: readonly Sweep[], db: Database, log: Logger, meter = unmeasured): RunningSweeps {
  const ending = new AbortController()
  const running = sweeps.map(sweep => startSweep(sweep, db, log, ending.signal, meter))
  return {
    wake() {
      for (const one of running) one.wake()
    },
    async stop() {
      ending.abort()
      await Promise.all(running.map(one => one.done))
    },
  }
}

function startSweep(sweep: Sweep, db: Database, log: Logger, ending: AbortSignal, meter: SweepMeter) {
  const { hasMore = done => done > 0 } = sweep
  let waiting: AbortController | undefined
  let woken = false

  const untilDue = async () => {
    if (woken) return
    waiting = new AbortController()
    await pauseUnlessAborted(sweep.everyMs, AbortSignal.any([ending, waiting.signal]))
    waiting = undefined
  }
  const loop = async () => {
    while (!ending.aborted) {
      woken = false
      try {
        while (!ending.aborted && hasMore(await sweeping(sweep.name, () => sweep.run(db, ending))));
        meter.worked(sweep.name)
      } catch (error) {
        if (ending.aborted) continue
        meter.failed(sweep.name)
        log.warn({ err: error, sweep: sweep.name }, 'a sweep failed; it runs again')
      }
      await untilDue()
    }
    await sweep.finish?.()
  }
  return {
    wake() {
      if (!sweep.afterBatch?.()) return
      woken = true
      waiting?.abort()
    },
    done: loop(),
  }
}
