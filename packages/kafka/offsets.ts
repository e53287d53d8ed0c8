import { withTimeLimit } from '@docket/foundation/time-limit.ts'
import { nameOf } from './broker-reader.ts'
import type { ConsumerLog } from './consumer-log.ts'

export interface CommittedOffset {
  topic: string
  partition: number
  offset: string
}

// kafkajs may never answer an abandoned consumer, and later commits must not wait for that
const commitWithinMs = 10_000

const late = () => new Error('Kafka gave no answer')
const tried = () => undefined

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
  const newest = new Map<string, CommittedOffset>()
  const open = new Set<string>()
  let timer: NodeJS.Timeout | undefined
  let failingSinceMs: number | undefined
  let writing: Promise<void> = Promise.resolve()

  const schedule = () => {
    timer ??= setTimeout(() => {
      timer = undefined
      void flush()
    }, everyMs)
  }
  const commitAgain = (list: readonly CommittedOffset[]) => {
    for (const one of list) open.add(nameOf(one))
    schedule()
  }
  const write = async () => {
    const list = [...open].flatMap(key => newest.get(key) ?? [])
    if (list.length === 0) return void (failingSinceMs = undefined) // what failed belongs to another member by now
    open.clear()
    const committing = commit(list)
    try {
      await withTimeLimit(withinMs, committing, late)
      failingSinceMs = undefined
    } catch (error) {
      failingSinceMs ??= performance.now()
      log.warn(
        { err: error, partitions: list.length },
        'offsets not committed yet; what they cover may be delivered again',
      )
      commitAgain(list)
      void committing.then(() => commitAgain(list), tried) // when it arrives late it takes back what was committed since
    }
  }
  const flush = () => (writing = writing.then(write))

  return {
    handled(topic: string, partition: number, offset: string): void {
      const one = { topic, partition, offset: String(BigInt(offset) + 1n) }
      newest.set(nameOf(one), one)
      open.add(nameOf(one))
      schedule()
    },
    flush,
    /** After a rebalance, the partitions may belong to another member. */
    forget(): void {
      newest.clear()
      open.clear()
      failingSinceMs = undefined
    },
    /** How long no commit has succeeded, of those that were tried; 0 when the last one did. Milliseconds. */
    failingForMs: () => (failingSinceMs === undefined ? 0 : performance.now() - failingSinceMs),
    async stop(): Promise<void> {
      await flush()
      clearTimeout(timer)
    },
  }
}
