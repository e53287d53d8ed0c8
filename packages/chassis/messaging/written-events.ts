import type { HasToWait, StoredOutboxRow } from './outbox-store.ts'

const mostWaiting = 1_000 // then a read is as cheap, and a Kafka that is down fills the table in place of the memory
const mostAggregates = 10_000

/**
 * The events that this process has committed since it leads, so that the relay need not read them. Their rows stay in
 * the outbox until Kafka has acknowledged them.
 *
 * An event is sent from here only as the successor of one that Kafka has acknowledged to this process, or as the first of
 * its aggregate. Sequences rise by one under the aggregate's lock, so nothing older of the aggregate waits, whichever
 * replica wrote it. In any other case the outbox is read: docs/decisions/0031.
 */
export function writtenEvents() {
  let waiting: StoredOutboxRow[] = []
  let mayHoldOthers = true
  const acknowledged = new Map<string, number>() // the sequence by aggregate, the most recently sent one last
  const expectOthers = () => {
    mayHoldOthers = true
  }
  /** Says of rows, one after the other, whether each follows what was sent and those before it. */
  const following = () => {
    const sequences = new Map<string, number>()
    return ({ aggregateid: key, sequence }: StoredOutboxRow) => {
      const before = sequences.get(key) ?? acknowledged.get(key) ?? 0
      if (sequence !== before + 1) return false
      sequences.set(key, sequence)
      return true
    }
  }
  const taken = (hasToWait: HasToWait | undefined) => {
    const rows = hasToWait ? waiting.filter(row => !hasToWait(row)) : waiting
    waiting = []
    return rows
  }
  return {
    /** The outbox may hold rows that were not added here. */
    expectOthers,
    add(rows: readonly StoredOutboxRow[]): void {
      if (waiting.length + rows.length > mostWaiting) expectOthers()
      else waiting.push(...rows)
    },
    /**
     * Undefined: all that is committed must be read. What was added before is part of it, and so is what has to wait.
     */
    take(hasToWait?: HasToWait): StoredOutboxRow[] | undefined {
      const rows = taken(hasToWait)
      if (!mayHoldOthers && rows.every(following())) return rows
      mayHoldOthers = false
      return undefined
    },
    /** For a time in which the outbox is not read: those that need no read. The others are part of the next. */
    takeNext(hasToWait?: HasToWait): StoredOutboxRow[] {
      const rows = taken(hasToWait)
      const next = rows.filter(following())
      if (next.length < rows.length) expectOthers()
      return next
    },
    acknowledge(rows: readonly StoredOutboxRow[]): void {
      for (const { aggregateid: key, sequence } of rows) {
        const before = acknowledged.get(key) ?? 0
        acknowledged.delete(key)
        acknowledged.set(key, Math.max(before, sequence))
      }
      if (acknowledged.size <= mostAggregates) return
      for (const key of acknowledged.keys()) {
        acknowledged.delete(key)
        if (acknowledged.size <= mostAggregates) break
      }
    },
  }
}
