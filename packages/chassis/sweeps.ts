import type { Database } from './database/database.ts'
import type { Logger } from './log.ts'
import { sweeping } from './tracing/tracing.ts'
import { pauseUnlessAborted } from '@docket/foundation/abort.ts'
import { restMs } from '@docket/foundation/pacing.ts'

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

  let tookMs = 0 // the last run

  const untilDue = async () => {
    if (woken) return
    waiting = new AbortController()
    await pauseUnlessAborted(restMs(sweep.everyMs, tookMs), AbortSignal.any([ending, waiting.signal]))
    waiting = undefined
  }
  const run = async () => {
    const fromMs = performance.now()
    const done = await sweeping(sweep.name, () => sweep.run(db, ending))
    tookMs = performance.now() - fromMs
    return done
  }
  const loop = async () => {
    while (!ending.aborted) {
      woken = false
      try {
        while (!ending.aborted && hasMore(await run()));
        meter.worked(sweep.name)
      } catch (error) {
        tookMs = 0 // that it waited for the database is no reason to come late when that is back
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
