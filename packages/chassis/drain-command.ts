import { setTimeout as pause } from 'node:timers/promises'
import type { kafkaClient } from '@docket/kafka/client.ts'
import type { RecordProducer } from '@docket/kafka/producer.ts'
import type { Database } from './database/database.ts'
import type { EntryPoints } from './entry-points.ts'
import { untilItWorks } from './lifecycle.ts'
import type { Logger } from './log.ts'
import { startRelay } from './messaging/relay.ts'
import { reachKafka, topicsOf } from './own-topics.ts'

const drainPollMs = 100

/** Debezium does not send rows that were written before it started, so this sends them while no replica is running. */
export async function drainOnly(
  name: string,
  db: Database,
  kafka: ReturnType<typeof kafkaClient>,
  producer: RecordProducer,
  entryPoints: EntryPoints,
  log: Logger,
): Promise<void> {
  const ignore = () => undefined
  await untilItWorks('Kafka', log, () => reachKafka(name, kafka, producer, topicsOf(name, entryPoints), log), ignore)
  const relay = startRelay(db.outbox, producer, `/${name}`, log)
  const rows = () => untilItWorks('the database', log, async () => (await db.outbox.depth()).rows, ignore)
  while ((await rows()) > 0) await pause(drainPollMs)
  await relay.stop()
  await Promise.all([producer.disconnect(), db.close()])
  log.info('the outbox is empty')
  process.exit(0) // kafkajs leaves timers behind
}
