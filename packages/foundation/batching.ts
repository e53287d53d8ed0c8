export interface BatchLimits {
  maxSize: number
  concurrency: number
}

/**
 * Groups items that come one by one: those that come while groups are under way share the next one. No item waits for a
 * group to fill: a single one is done at once. `work` gives a result for each item, in their order; when it rejects,
 * every item of the group is rejected.
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
        group.forEach((one, at) => one.resolve(results[at] as Result)) // one for each, by the contract of `work`
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
      setImmediate(() => void run()) // the others of this turn of the event loop come along
    })
}
