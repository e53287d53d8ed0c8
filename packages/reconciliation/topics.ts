import { topicStarts } from '@docket/kafka/admin.ts'
import { kafkaClient, type KafkaSettings } from '@docket/kafka/client.ts'
import { isRedriveMark, deadLetterIn } from '@docket/kafka/dead-letter-queue.ts'
import { ownCopyOf } from '@docket/kafka/fetched-record.ts'
import { topics } from '@docket/contract/generated/contract.ts'
import { isMalformed, isUnknownEvent, parseRecord, type IncomingRecord } from '@docket/kafka/record-codec.ts'
import { tail } from '@docket/kafka/tail.ts'
import { deadLetterTopic } from '@docket/kafka/topics.ts'
import { emptyHistory, type History, type Letter, type Snapshot } from './snapshot.ts'

const readWithinMs = 600_000 // tens of millions of events

type Topics = Pick<Snapshot, 'histories' | 'letters' | 'broken' | 'completeForSeconds'>

/**
 * With a mark: reads from there on, and what was there before counts as deleted by retention. Rejects when it cannot
 * read all in time, because a part of the events would look like a loss of the rest.
 */
export async function readTopics(kafka: KafkaSettings, since?: Date, withinMs = readWithinMs): Promise<Topics> {
  const histories = new Map<string, Map<string, History>>(topics.map(({ topic }) => [topic, new Map()]))
  const idOf = new Map<string, string>()
  const letters: Letter[] = []
  const broken = new Set<string>()
  const trimmed = await trimmedPartitions(kafka, since)
  const onRecord = (record: IncomingRecord) => {
    const history = histories.get(record.topic)
    if (!history) return void (isRedriveMark(record) || letters.push(deadLetterIn(ownCopyOf(record))))
    const isTrimmed = trimmed.note(record)
    const event = parseRecord(record)
    if (isMalformed(event)) broken.add(`${record.topic}/${record.partition}/${record.offset}`)
    else if (!isUnknownEvent(event)) enter(history, idOf, record.topic, event, isTrimmed)
  }
  const signal = AbortSignal.timeout(withinMs)
  await tail({
    kafka,
    topics: topics.flatMap(({ topic }) => [topic, deadLetterTopic(topic)]),
    from: since ?? 'beginning',
    follow: false,
    onRecord,
    onState: () => undefined,
    signal,
  })
  if (signal.aborted) throw new Error(`reading the topics: not all of them were read within ${withinMs / 1_000} s`)
  return { histories, letters, broken, completeForSeconds: trimmed.completeForSeconds() }
}

async function trimmedPartitions(kafka: KafkaSettings, since?: Date) {
  const starts = await topicStarts(
    kafkaClient(kafka),
    topics.map(({ topic }) => topic),
  )
  const oldestMs = new Map<string, Map<number, number>>()
  for (const { topic, partition, start } of starts) {
    const oldest = start > 0 ? Date.now() : since?.getTime()
    if (oldest !== undefined)
      oldestMs.set(topic, (oldestMs.get(topic) ?? new Map<number, number>()).set(partition, oldest))
  }
  return {
    note({ topic, partition, timestamp }: IncomingRecord): boolean {
      const partitions = oldestMs.get(topic)
      const known = partitions?.get(partition)
      if (known === undefined) return false
      partitions?.set(partition, Math.min(known, Number(timestamp)))
      return true
    },
    completeForSeconds: () =>
      new Map(
        [...oldestMs].map(([topic, partitions]) => [topic, (Date.now() - Math.max(...partitions.values())) / 1_000]),
      ),
  }
}

/**
 * A known sequence is a duplicate, unless it carries another event. In a trimmed partition a history may begin with any
 * sequence, and an earlier one repeats an event that was deleted.
 */
function enter(
  histories: Map<string, History>,
  idOf: Map<string, string>,
  topic: string,
  event: { key: string; type: string; sequence: number; id: string },
  isTrimmed: boolean,
): void {
  const history = histories.get(event.key) ?? emptyHistory()
  if (history.last === 0) histories.set(event.key, history)
  const position = `${topic}/${event.key}/${event.sequence}`
  const before = idOf.get(position)
  if (before !== undefined) {
    if (before !== event.id)
      history.doubles.push(`two events have the sequence ${event.sequence}, ${event.type} is one of them`)
    return
  }
  idOf.set(position, event.id)
  if (isTrimmed && event.sequence < history.first) return
  const isFirst = history.last === 0
  if (isFirst) history.first = isTrimmed ? event.sequence : 1
  if (event.sequence !== (isFirst ? history.first : history.last + 1))
    history.jumps.push(`${event.type} with sequence ${event.sequence} came after ${history.last}`)
  history.types.push(event.type)
  history.last = Math.max(history.last, event.sequence)
}
