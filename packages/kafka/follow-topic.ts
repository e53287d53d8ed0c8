import { setTimeout as pause } from 'node:timers/promises'
import type { Kafka } from 'kafkajs'
import { backoffMs } from '@docket/foundation/backoff.ts'
import { pauseUnlessAborted } from '@docket/foundation/abort.ts'
import { brokerReader, nameOf, type BrokerReader, type Position } from './broker-reader.ts'
import type { IncomingRecord } from './record-codec.ts'
import { TopicsMissing } from './security.ts'

export interface FollowOptions {
  kafka: Kafka
  topic: string
  /**
   * From which time on records are read, ms since 1970; evaluated again after a lost connection. A record may therefore
   * come twice.
   */
  since(): number
  /** Must not throw. */
  onRecords(records: readonly IncomingRecord[]): void
  onCaughtUp(): void
  onTrouble(error: unknown): void
  signal: AbortSignal
}

const waitMs = 5_000 // how long a broker may hold a request that has nothing to give; half of what a request may take
const bytesPerPartition = 128 * 1024
const lookForPartitionsMs = 60_000
const retry = { firstMs: 100, longestMs: 2_000 }

/**
 * Follows a topic for as long as the process runs: it joins no consumer group, commits nothing, and costs a request in
 * five seconds while nothing comes. Resolves once the signal is aborted.
 */
export async function followTopic(options: FollowOptions): Promise<void> {
  const { kafka, signal, onTrouble } = options
  for (let failures = 0; !signal.aborted;) {
    let reader: BrokerReader | undefined
    try {
      reader = await brokerReader(kafka)
      await follow(reader, {
        ...options,
        onCaughtUp() {
          failures = 0
          options.onCaughtUp()
        },
      })
    } catch (error) {
      if (signal.aborted) return
      onTrouble(error)
      await pauseUnlessAborted(backoffMs(++failures, retry), signal, { ref: false })
    } finally {
      void reader?.close().catch(() => undefined) // it would wait for requests that a broker holds
    }
  }
}

async function follow(reader: BrokerReader, options: FollowOptions): Promise<void> {
  const { topic, signal } = options
  const countPartitions = async () => (await reader.topics()).get(topic)
  const partitions = await countPartitions()
  if (partitions === undefined) throw new TopicsMissing([topic])
  const starts = await reader.offsets(topic, partitions, options.since())
  const ends = await reader.offsets(topic, partitions, 'end')
  const positions = starts.map((next, partition): Position => ({ topic, partition, next }))
  const run = { isBehind: true, hasEnded: false }
  const tellWhenCaughtUp = () => {
    if (!run.isBehind || positions.some(({ next, partition }) => next < (ends[partition] ?? 0))) return
    run.isBehind = false
    options.onCaughtUp()
  }
  // one at a time for each broker: one that has nothing to give must not keep back what another has
  const fromOne = async (led: readonly Position[]) => {
    while (!run.hasEnded && !signal.aborted) {
      const { records, nexts } = await reader.fetch(led, waitMs, bytesPerPartition)
      if (run.hasEnded || signal.aborted) return
      if (records.length > 0) options.onRecords(records)
      for (const position of led) position.next = nexts.get(nameOf(position)) ?? position.next
      tellWhenCaughtUp()
    }
  }
  const untilPartitionsChange = async () => {
    while (!run.hasEnded && !signal.aborted) {
      await pause(lookForPartitionsMs, undefined, { signal, ref: false })
      if (run.hasEnded || (await countPartitions()) !== partitions) return
    }
  }
  tellWhenCaughtUp()
  try {
    const fetching = reader.byLeader(positions).map(fromOne)
    await Promise.race([untilPartitionsChange(), ...fetching])
  } finally {
    run.hasEnded = true
  }
}
