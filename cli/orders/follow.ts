import { pauseOrAbort } from '@docket/foundation/abort.ts'
import { doublingMs } from '@docket/foundation/backoff.ts'
import { formatDuration } from '../input/durations.ts'
import { silentMs } from '../waiting.ts'
import { exit, Failure, type ExitStatus } from '../failure.ts'
import type { Mgmt } from '../mgmt.ts'
import { orderOf, pathOf } from './selection.ts'
import { nextStep } from './saga.ts'
import { serverSentEvents } from '../client/server-sent-events.ts'
import { isFinal, type Order, type TimelineEntry } from '../client/shapes.ts'

export const statusOf = (order: Pick<Order, 'status'>): ExitStatus =>
  order.status === 'completed' ? exit.done : exit.notFulfilled

const redrawMs = 100

/** On a terminal, a line says what an order waits for and since when; elsewhere, a note does if that takes long. */
export function waitingLine(mgmt: Mgmt) {
  const happened: TimelineEntry[] = []
  let [since, next] = [Date.now(), nextStep(happened)]
  const draw = () => mgmt.progress(next && `… ${next}  ${formatDuration(Date.now() - since)}`)
  const timer = mgmt.hasProgress ? setInterval(draw, redrawMs).unref() : undefined
  const tell = () => next && mgmt.note(`waiting: ${next}`)
  const tellLater = () => (mgmt.hasProgress ? undefined : setTimeout(tell, silentMs).unref())
  let silent = tellLater()
  return {
    after(entry: TimelineEntry): void {
      since = Date.now()
      happened.push(entry)
      next = nextStep(happened)
      clearTimeout(silent)
      silent = tellLater()
      draw()
    },
    end(): void {
      clearInterval(timer)
      clearTimeout(silent)
      mgmt.progress(undefined)
    },
  }
}

const mostFailures = 10
const isEnd = (event: string) => /^order\.(completed|rejected|cancelled)$/.test(event)

/** After a lost connection it resumes where it was, so no step is missed or repeated. */
export async function* steps(id: string, mgmt: Mgmt): AsyncGenerator<TimelineEntry> {
  let last: string | undefined
  for (let failures = 0; ;) {
    mgmt.signal.throwIfAborted()
    const before = last
    let hasEnded = false
    try {
      for await (const { id: position, data } of serverSentEvents(
        await mgmt.api.stream(`${pathOf(id)}/stream`, last, mgmt.signal),
      )) {
        if (position === undefined || data === undefined) continue
        if (failures > 0) mgmt.note('connected again')
        failures = 0
        last = position
        const entry = JSON.parse(data) as TimelineEntry
        hasEnded ||= isEnd(entry.event)
        yield entry
      }
      // a stopping service ends its streams too, so a stream was the last one only if the order is final and nothing
      // new came
      if (hasEnded || (last === before && (await isOver(id, mgmt)))) return
    } catch (error) {
      mgmt.signal.throwIfAborted()
      if (error instanceof Failure && error.status !== exit.unreachable) throw error
      if (hasEnded) return
      if (++failures > mostFailures) throw error
      mgmt.note(`connection lost, reconnecting (${failures})`)
    }
    await pauseOrAbort(doublingMs(failures + 1, { firstMs: 200, longestMs: 5_000 }), mgmt.signal)
  }
}

const isOver = async (id: string, mgmt: Mgmt) => isFinal(await orderOf(mgmt, id))
