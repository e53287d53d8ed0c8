import type { z } from 'zod'
import type { DocketEvent } from '@docket/contract/event.ts'
import { deadLettersOwnedBy } from '@docket/contract/flows.ts'
import { topicOf } from '@docket/contract/generated/contract.ts'
import { isId, masked } from '@docket/contract/mask.ts'
import { deadLetterReasons } from '@docket/kafka/classify.ts'
import type { kafkaClient } from '@docket/kafka/client.ts'
import { batchConsumer, type BatchConsumer } from '@docket/kafka/consumer.ts'
import type { RecordProducer } from '@docket/kafka/producer.ts'
import type { Config } from './config.ts'
import type { Database } from './database/database.ts'
import { about, traceIdOf, type Logger } from './log.ts'
import { handleBatch, typesThatCanWait, type Handlers } from './messaging/handlers.ts'
import type { Measured } from './metric-registry.ts'
import { readTopicsOf, handledTypes } from './own-topics.ts'
import { deliveryMeter, unknownTypeMeter } from './service-metrics.ts'
import { noteDeadLetter } from './tracing/tracing.ts'

interface Parts {
  config: Config<z.ZodRawShape>
  log: Logger
  measured: Measured
  kafka: ReturnType<typeof kafkaClient>
  producer: RecordProducer
  work: Database
  onBatch(events: readonly DocketEvent[]): void
  fatal(error: Error): void
}

export function consumerOf(
  name: string,
  handlers: Handlers,
  { config, log, measured, kafka, producer, work, onBatch, fatal }: Parts,
): BatchConsumer {
  const types = handledTypes(handlers)
  const patient = typesThatCanWait(handlers)
  const topics = readTopicsOf(name, handlers)
  for (const topic of topics) for (const reason of deadLetterReasons) measured.deadLetters.inc({ topic, reason }, 0)
  const delivered = deliveryMeter(measured, types)
  const countUnknown = unknownTypeMeter(measured)
  for (const type of types) measured.pastEvents.inc({ type }, 0)
  return batchConsumer({
    kafka,
    group: name,
    topics: topics.toSorted(),
    slowTopics: topics.filter(topic => types.every(type => topicOf[type] !== topic || patient.includes(type))),
    consumes: types,
    canWait: patient,
    ownsDeadLettersOf: deadLettersOwnedBy(name),
    producer,
    log,
    batchSize: config.CONSUMER_BATCH_SIZE,
    async handle(events) {
      for (const { type } of await handleBatch(work, handlers, events)) measured.pastEvents.inc({ type })
      delivered(events)
      onBatch(events)
      if (log.isLevelEnabled('debug'))
        for (const { key, type, traceparent, id } of events)
          log.debug(
            { ...about(key, type), traceId: traceIdOf(traceparent), eventId: isId(id) ? id : masked },
            `handled ${type}`,
          )
    },
    isTransient: error => work.isTransient(error) || work.isUnfit(error),
    onBatch(events, seconds) {
      measured.events.inc(events)
      measured.batch.observe(seconds)
    },
    onDeadLetter(letter) {
      measured.deadLetters.inc({ topic: letter.record.topic, reason: letter.reason })
      noteDeadLetter(letter)
    },
    onUnknownType({ topic, type, events }) {
      if (countUnknown(topic, type, events)) log.warn({ topic, type }, `${type} is not known to this release; ignored`)
    },
    onCrash: fatal,
  })
}
