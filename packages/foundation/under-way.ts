export interface UnderWay {
  /** Waits until there is room, and returns how much. */
  room(): Promise<number>
  roomNow(): number
  /** Work that has been started. It must not reject. */
  add(work: Promise<void>): void
  finish(): Promise<void>
}

/** Work that a loop starts without waiting for it, up to a limit at once: a slow one delays no other. */
export function underWay(limit: number): UnderWay {
  const all = new Set<Promise<void>>()
  return {
    async room() {
      if (all.size >= limit) await Promise.race(all)
      return limit - all.size
    },
    roomNow: () => limit - all.size,
    add(work) {
      const done: Promise<void> = work.finally(() => all.delete(done))
      all.add(done)
    },
    async finish() {
      while (all.size > 0) await Promise.all(all)
    },
  }
}
