import type { DocketEvent } from '@docket/contract/event.ts'
import { readBy } from '@docket/contract/flows.ts'
import { sharedAnswer } from '@docket/foundation/shared-answer.ts'
import { withTimeLimit } from '@docket/foundation/time-limit.ts'
import { kafkaClient, type KafkaSettings } from '@docket/kafka/client.ts'
import { isMalformed, isUnknownEvent, parseRecord } from '@docket/kafka/record-codec.ts'
import { unconsumed } from '@docket/kafka/unconsumed.ts'
import type { Logger } from '../log.ts'

/** By their key. */
export type Unconsumed = ReadonlyMap<string, readonly DocketEvent[]>

const freshMs = 1_000
const patienceMs = 2_000
const graceMs = 3_000 // offsets are committed up to two seconds after their batch
const most = 5_000 // with more, the lag says enough

/**
 * The events that are on the topics of a service and that it has not consumed, while it does not keep up: what it tells
 * of an order would be out of date without them. None when Kafka is unavailable, too, and all who ask within a second
 * share one answer.
 */
export function unconsumedEvents(settings: KafkaSettings, group: string, log: Pick<Logger, 'debug'>) {
  const kafka = kafkaClient(settings)
  const look = sharedAnswer(freshMs, async (_: typeof kafka): Promise<Unconsumed> => {
    try {
      const late = () => new Error(`Kafka has not answered within ${patienceMs} ms`)
      const records = await withTimeLimit(
        patienceMs,
        unconsumed(kafka, { group, topics: readBy(group), graceMs, most }),
        late,
      )
      return Map.groupBy((records ?? []).flatMap(eventIn), ({ key }) => key)
    } catch (error) {
      log.debug({ err: error }, 'what is on the topics was not looked at')
      return new Map()
    }
  })
  return () => look(kafka)
}

function eventIn(record: Parameters<typeof parseRecord>[0]): DocketEvent[] {
  const event = parseRecord(record)
  return isMalformed(event) || isUnknownEvent(event) ? [] : [event]
}
