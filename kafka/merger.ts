/**
 * Makes one batch of what several partitions bring at the same time: whoever comes while a batch is under way shares
 * the next one. A poll hands over its partitions one by one, so without this each would be a transaction of its own.
 */
export function merger<Item>(work: (items: Item[]) => Promise<void>): (items: readonly Item[]) => Promise<void> {
  let waiting: { items: readonly Item[]; resolve(): void; reject(error: unknown): void }[] = []
  let running = false

  const run = async () => {
    while (waiting.length > 0) {
      const turn = waiting
      waiting = []
      try {
        await work(turn.flatMap(one => one.items))
        for (const one of turn) one.resolve()
      } catch (error) {
        for (const one of turn) one.reject(error)
      }
    }
    running = false
  }

  return items => new Promise((resolve, reject) => {
    waiting.push({ items, resolve, reject })
    if (running) return
    running = true
    setImmediate(() => void run()) // the other partitions of the same poll come in this turn of the event loop
  })
}
