import type { EachBatchPayload } from 'kafkajs'
import { nameOf } from './broker-reader.ts'

// a record of a slow topic waits for so long, and then until the fetch that is under way returns, a second at most
const restMs = 500

/** A partition of a slow topic rests once it is read to its end. One with a backlog is read on. */
export function restingPartitions({ slowTopics = [] }: { slowTopics?: readonly string[] }) {
  const wakers = new Map<string, () => void>()
  return {
    rest({ batch, pause: pausePartition }: EachBatchPayload) {
      if (!slowTopics.includes(batch.topic) || batch.offsetLag() !== '0') return
      const resume = pausePartition()
      const wake = () => {
        clearTimeout(timer)
        wakers.delete(nameOf(batch))
        resume()
      }
      const timer = setTimeout(wake, restMs).unref()
      wakers.set(nameOf(batch), wake)
    },
    /** For a poll that was fetched before: what it pauses must not be resumed by the end of the rest. */
    wake: ({ batch }: EachBatchPayload) => wakers.get(nameOf(batch))?.(),
  }
}
