/** Lets so many work at a time; the others wait for their turns, first come first served. */
export function turns(atOnce: number) {
  let free = atOnce
  const waiting = new Set<() => void>()
  const leave = () => {
    const [next] = waiting
    if (next) next()
    else free++
  }
  return {
    /** Resolves with the function that ends the turn; rejects when the signal aborts before it begins. */
    enter: (signal: AbortSignal): Promise<() => void> =>
      new Promise((resolve, reject) => {
        const begin = () => {
          waiting.delete(begin)
          signal.removeEventListener('abort', giveUp)
          resolve(leave)
        }
        const giveUp = () => {
          waiting.delete(begin)
          reject(signal.reason as Error)
        }
        if (signal.aborted) return giveUp()
        if (free > 0) {
          free--
          return resolve(leave)
        }
        waiting.add(begin)
        signal.addEventListener('abort', giveUp, { once: true })
      }),
  }
}
