export interface BatchLimits {
  maxSize: number
  concurrency: number
}

/**
 * Groups items that arrive one by one: those that arrive while groups are under way share the next one. No item waits
 * for a group to fill: a single one is processed at once. Only an item that comes with patience waits for others, at
 * most for that long, so that it needs no group of its own. `work` returns a result for each item, in order; when it
 * rejects, every item of the group is rejected.
 */
export function batched<Item, Result>(
  work: (items: Item[]) => Promise<Result[]>,
  { maxSize: most, concurrency: atOnce }: BatchLimits,
): (item: Item, patienceMs?: number) => Promise<Result> {
  let waiting: { item: Item; dueMs: number; resolve(result: Result): void; reject(error: unknown): void }[] = []
  let running = 0
  let timer: NodeJS.Timeout | undefined

  const untilDueMs = () => Math.min(...waiting.map(({ dueMs }) => dueMs)) - performance.now()
  const run = async () => {
    while (waiting.length > 0 && untilDueMs() <= 0) {
      const group = waiting.length <= most ? waiting : waiting.slice(0, most)
      waiting = waiting.length <= most ? [] : waiting.slice(most)
      try {
        const results = await work(group.map(one => one.item))
        group.forEach((one, at) => one.resolve(results[at] as Result)) // `work` returns one for each
      } catch (error) {
        for (const one of group) one.reject(error)
      }
    }
    running--
    startWhenDue()
  }
  const startWhenDue = () => {
    clearTimeout(timer)
    if (waiting.length === 0 || running >= atOnce) return
    const ms = untilDueMs()
    if (ms > 0) timer = setTimeout(startWhenDue, ms)
    else {
      running++
      setImmediate(() => void run()) // so that other items of this turn of the event loop join
    }
  }

  return (item, patienceMs = 0) =>
    new Promise((resolve, reject) => {
      waiting.push({ item, dueMs: performance.now() + patienceMs, resolve, reject })
      startWhenDue()
    })
}
