/**
 * From where a queue in a table has to be read. A database keeps rows that have left it for as long as any transaction
 * can see them, such as that of a dump, and a read that began at the first would walk over all of them: a second for one
 * and a half million rows.
 *
 * What comes is higher than what came before, but a transaction may commit after later ones have. So the floor is what
 * was the lowest two minutes ago, and now and then all is read: for a transaction that was open for longer, such as one
 * whose COMMIT waits for a synchronous standby, which no time limit ends.
 */
export interface RisingFloor {
  /** 0: the whole queue. */
  from(): number
  /** A read found that nothing below this waits. */
  lowest(position: number): void
  /** What was found no longer tells what waits. */
  forget(): void
}

const agedMs = 120_000 // a statement of ours has 15 s, and its transaction may be idle for one minute
const wholeEveryMs = 600_000
const betweenMarksMs = 10_000

export function risingFloor(now: () => number = () => performance.now()): RisingFloor {
  let marks: { atMs: number; position: number }[] = [] // both rising
  let wholeAtMs = now() + wholeEveryMs
  return {
    from() {
      const nowMs = now()
      if (nowMs >= wholeAtMs) {
        wholeAtMs = nowMs + wholeEveryMs
        return 0
      }
      const aged = marks.findLastIndex(({ atMs }) => atMs <= nowMs - agedMs)
      marks = marks.slice(Math.max(0, aged))
      return aged < 0 ? 0 : (marks[0]?.position ?? 0)
    },
    lowest(position) {
      marks = marks.filter(mark => mark.position <= position)
      const nowMs = now()
      if (nowMs - (marks.at(-1)?.atMs ?? -Infinity) >= betweenMarksMs) marks.push({ atMs: nowMs, position })
    },
    forget() {
      marks = []
    },
  }
}
