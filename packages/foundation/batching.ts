export interface BatchLimits {
  maxSize: number
  concurrency: number
}

/**
 * Groups items that arrive one by one: those that arrive while groups are under way share the next one. No item waits
 * for a group to fill: a single one is processed at once. `work` returns a result for each item, in order; when it
 * rejects, every item of the group is rejected.
 */
export function batched<Item, Result>(
  work: (items: Item[]) => Promise<Result[]>,
  { maxSize: most, concurrency: atOnce }: BatchLimits,
): (item: Item) => Promise<Result> {
  let waiting: { item: Item; resolve(result: Result): void; reject(error: unknown): void }[] = []
  let running = 0

  const run = async () => {
    while (waiting.length > 0) {
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
  }

  return item =>
    new Promise((resolve, reject) => {
      waiting.push({ item, resolve, reject })
      if (running >= atOnce) return
      running++
      setImmediate(() => void run()) // so that other items of this turn of the event loop join
    })
}
