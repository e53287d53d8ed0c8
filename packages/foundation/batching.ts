import type { Cadence } from './cadence.ts'

export interface BatchLimits {
  maxSize: number
  concurrency: number
  /** Unless given, a group starts as soon as another may be under way. A full one does not wait for it. */
  cadence?: Cadence | undefined
}

/**
 * Groups items that arrive one by one: those that arrive while groups are under way share the next one. Unless a
 * cadence holds it, no item waits for a group to fill: a single one is processed at once. Only an item that comes with
 * patience waits for others, at most for that long, so that it needs no group of its own. `work` returns a result for
 * each item, in order; when it rejects, every item of the group is rejected.
 */
export function batched<Item, Result>(
  work: (items: Item[]) => Promise<Result[]>,
  { maxSize: most, concurrency: atOnce, cadence }: BatchLimits,
): (item: Item, patienceMs?: number) => Promise<Result> {
  let waiting: { item: Item; dueMs: number; resolve(result: Result): void; reject(error: unknown): void }[] = []
  let running = 0
  let timer: NodeJS.Timeout | undefined

  const untilDueMs = () => Math.min(...waiting.map(({ dueMs }) => dueMs)) - performance.now()
  const heldMs = () => (cadence && waiting.length < most ? cadence.nextMs() - performance.now() : 0)
  const untilStartMs = () => Math.max(untilDueMs(), heldMs())
  const run = async () => {
    while (waiting.length > 0 && untilStartMs() <= 0) {
      const group = waiting.length <= most ? waiting : waiting.slice(0, most)
      waiting = waiting.length <= most ? [] : waiting.slice(most)
      const fromMs = performance.now()
      cadence?.started(group.length)
      try {
        const results = await work(group.map(one => one.item))
        group.forEach((one, at) => one.resolve(results[at] as Result)) // `work` returns one for each
      } catch (error) {
        for (const one of group) one.reject(error)
      }
      cadence?.ended(performance.now() - fromMs)
    }
    running--
    startWhenDue()
  }
  const startWhenDue = () => {
    clearTimeout(timer)
    if (waiting.length === 0 || running >= atOnce) return
    if (heldMs() > 0) cadence?.held()
    const ms = untilStartMs()
    if (ms > 0) timer = setTimeout(startWhenDue, ms)
    else {
      running++
      setImmediate(() => void run()) // so that other items of this turn of the event loop join
    }
  }

  return (item, patienceMs = 0) =>
    new Promise((resolve, reject) => {
      cadence?.arrived(waiting.length + running)
      waiting.push({ item, dueMs: performance.now() + patienceMs, resolve, reject })
      startWhenDue()
    })
}
