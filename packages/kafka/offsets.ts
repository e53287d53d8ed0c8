import { withTimeLimit } from '@docket/foundation/time-limit.ts'
import type { ConsumerLog } from './consumer-log.ts'

export interface CommittedOffset {
  topic: string
  partition: number
  offset: string
}

// kafkajs may never answer an abandoned consumer, and later commits must not wait for that
const commitWithinMs = 10_000

const late = () => new Error('Kafka gave no answer')

/**
 * Remembers how far each partition has been handled, and commits it a moment later, so that no batch waits for the
 * commit. What a crash leaves uncommitted is delivered again, and handlers recognize it.
 */
export function offsetTracker(
  commit: (offsets: CommittedOffset[]) => Promise<void>,
  everyMs: number,
  log: ConsumerLog,
  withinMs = commitWithinMs,
) {
  const open = new Map<string, CommittedOffset>()
  let timer: NodeJS.Timeout | undefined
  let failingSinceMs: number | undefined
  let writing: Promise<void> = Promise.resolve()

  const note = (one: CommittedOffset) => open.set(`${one.topic}/${one.partition}`, one)
  const schedule = () => {
    timer ??= setTimeout(() => {
      timer = undefined
      void flush()
    }, everyMs)
  }
  const write = async () => {
    const list = [...open.values()]
    if (list.length === 0) return
    open.clear()
    try {
      await withTimeLimit(withinMs, commit(list), late)
      failingSinceMs = undefined
    } catch (error) {
      failingSinceMs ??= Date.now()
      log.warn(
        { err: error, partitions: list.length },
        'offsets not committed yet; what they cover may be delivered again',
      )
      for (const one of list) if (!open.has(`${one.topic}/${one.partition}`)) note(one)
      schedule()
    }
  }
  const flush = () => (writing = writing.then(write))

  return {
    handled(topic: string, partition: number, offset: string): void {
      note({ topic, partition, offset: String(BigInt(offset) + 1n) })
      schedule()
    },
    flush,
    /** After a rebalance, the partitions may belong to another member. */
    forget(): void {
      open.clear()
      failingSinceMs = undefined
    },
    /** How long no commit has succeeded, of those that were tried; 0 when the last one did. Milliseconds. */
    failingForMs: () => (failingSinceMs === undefined ? 0 : Date.now() - failingSinceMs),
    async stop(): Promise<void> {
      await flush()
      clearTimeout(timer)
    },
  }
}
