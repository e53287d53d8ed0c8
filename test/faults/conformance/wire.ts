import { setTimeout as pause } from 'node:timers/promises'
import { kafkaClient, type KafkaSettings } from '@docket/kafka/client.ts'
import { recordProducer } from '@docket/kafka/producer.ts'
import type { IncomingRecord, OutgoingRecord } from '@docket/kafka/record-codec.ts'
import { tail } from '@docket/kafka/tail.ts'
import { expelMembers } from '@docket/test/support/expel.ts'
import { rewind } from '@docket/test/support/rewind.ts'

/** The topics, as a publisher and an observer have them. */
export interface Wire {
  send(records: readonly OutgoingRecord[]): Promise<void>
  waiting(): Promise<string[]>
  committed(): Promise<number>
  untilQuiet(ms: number): Promise<void>
  expel(): Promise<void>
  rewind(): Promise<void>
  close(): Promise<void>
}

export async function wireTo(
  settings: KafkaSettings,
  { group, reads, topics }: { group: string; reads: readonly string[]; topics: readonly string[] },
  onRecord: (record: IncomingRecord) => void,
): Promise<Wire> {
  const kafka = kafkaClient(settings)
  const [producer, admin, ended] = [recordProducer(kafka), kafka.admin(), new AbortController()]
  await Promise.all([producer.connect(), admin.connect()])
  let lastMs = performance.now()
  const caughtUp = Promise.withResolvers<void>()
  const following = tail({
    kafka: settings,
    topics,
    from: 'beginning',
    follow: true,
    signal: ended.signal,
    onRecord(record) {
      lastMs = performance.now()
      onRecord(record)
    },
    onState({ state }) {
      if (state === 'caught-up') caughtUp.resolve()
    },
  })
  following.catch(caughtUp.reject)
  await caughtUp.promise

  const offsets = () => admin.fetchOffsets({ groupId: group, topics: [...reads] })

  return {
    async send(records) {
      const { failure } = await producer.send(records)
      if (failure) throw new Error(`sending ${records.length} records`, { cause: failure })
    },
    async committed() {
      const all = (await offsets()).flatMap(({ partitions }) => partitions)
      return all.reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0)
    },
    async waiting() {
      const lists = await Promise.all(
        (await offsets()).map(async ({ topic, partitions }) => {
          const ends = new Map((await admin.fetchTopicOffsets(topic)).map(({ partition, high }) => [partition, high]))
          return partitions.flatMap(({ partition, offset }) => {
            const [at, end] = [Math.max(0, Number(offset)), Number(ends.get(partition) ?? 0)]
            return at < end ? [`${topic}, partition ${partition}: committed ${at} of ${end}`] : []
          })
        }),
      )
      return lists.flat()
    },
    async untilQuiet(ms) {
      const fromMs = performance.now()
      for (;;) {
        const restMs = Math.max(lastMs, fromMs) + ms - performance.now()
        if (restMs <= 0) return
        await pause(restMs)
      }
    },
    expel: () => (reads.length === 0 ? Promise.resolve() : expelMembers(kafka, group)),
    rewind: () => rewind(settings.brokers, group, Number.MAX_SAFE_INTEGER),
    async close() {
      ended.abort()
      await Promise.allSettled([following, producer.disconnect(), admin.disconnect()])
    },
  }
}
