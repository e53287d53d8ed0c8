import { kafkaClient, type KafkaSettings } from './client.ts'
import { plainHeaders, valueHeader } from './dead-letter-record.ts'
import { ownCopyOf } from './fetched-record.ts'
import { topics } from '@docket/contract/generated/contract.ts'
import { produceOnce } from './producer.ts'
import { header, isMalformed, parseRecord, timeOf, type IncomingRecord, type OutgoingRecord } from './record-codec.ts'
import { originName, recordsAt } from './records-at.ts'
import { tail } from './tail.ts'
import { deadLetterTopic, isDeadLetterTopic } from './topics.ts'

export interface StoredDeadLetter {
  id: string
  topic: string
  partition: number
  offset: string
  group: string
  /** When it was dead-lettered, RFC 3339. */
  time: string
  type: string | null
  key: string | null
  reason: string
  error: string
  /** When it was last sent to its topic again, RFC 3339. */
  redrivenAt: string | null
  /** When it was last dismissed, RFC 3339. */
  dismissedAt: string | null
  /** Why the contract rejects it today; null if it does not, so that a redrive may succeed. */
  breaksContract: string | null
  /**
   * The record was too large for the dead-letter topic, so it exists only in its source topic, for as long as that
   * keeps it.
   */
  byReference: boolean
  /** As it is in the dead-letter topic: a copy, made by anyone who may write there. */
  record: IncomingRecord
}

const redrivenHeader = 'dlq_redriven' // header of a line in the dead-letter topic that says: what is named here was sent again
const dismissedHeader = 'dlq_dismissed' // beside it: and that it was not, because it is no loss

/** Marks are in the same topic as the letters whose fate they record, so readers must tell them apart. */
export const isRedriveMark = (record: IncomingRecord) => header(record, redrivenHeader) !== undefined

export const readDeadLetters = (kafka: KafkaSettings, signal: AbortSignal): Promise<StoredDeadLetter[]> =>
  lettersIn(
    kafka,
    topics.map(({ topic }) => topic),
    signal,
  )

const withoutValue = ({ topic, partition, offset, timestamp, key, headers }: IncomingRecord): IncomingRecord => ({
  topic,
  partition,
  offset,
  timestamp,
  key,
  value: null,
  headers,
})

const idOf = (record: IncomingRecord) => header(record, 'ce_id')
const keyOf = ({ key }: IncomingRecord) => key?.toString()

/** Whether the record has the id and the key that are named. A reference leaves out long ones. */
const isNamedBy = (named: IncomingRecord, record: IncomingRecord) =>
  [idOf, keyOf].every(of => of(named) === undefined || of(named) === of(record))

/** Offsets do not tell: once a topic was made again, another event lies at the same one. */
const isOneEvent = (one: IncomingRecord, other: IncomingRecord) => isNamedBy(one, other) && isNamedBy(other, one)

/** Marks of older releases have no id. */
const isMarkOf = (mark: IncomingRecord, { record }: StoredDeadLetter) =>
  idOf(mark) === undefined || idOf(mark) === idOf(record)

/** Keeps the value only of the letters that are `wanted`, by id: all of them may not fit into memory. */
export async function lettersIn(
  kafka: KafkaSettings,
  from: readonly string[],
  signal: AbortSignal,
  wanted?: ReadonlySet<string>,
): Promise<StoredDeadLetter[]> {
  const letters: StoredDeadLetter[] = []
  const byOrigin = new Map<string, StoredDeadLetter[]>()
  const enter = (read: StoredDeadLetter) => {
    const isKept = wanted?.has(read.id) ?? true
    const letter = { ...read, record: ownCopyOf(isKept ? read.record : withoutValue(read.record)) }
    const origin = originName(letter)
    const some = byOrigin.get(origin) ?? []
    byOrigin.set(origin, some)
    if (some.some(other => other.group === letter.group && isOneEvent(other.record, letter.record))) return
    some.push(letter)
    letters.push(letter)
  }
  await tail({
    kafka,
    topics: from.map(deadLetterTopic),
    from: 'beginning',
    follow: false,
    signal,
    onState: () => undefined,
    onRecord(record) {
      const redriven = header(record, redrivenHeader)
      if (redriven === undefined) return enter(deadLetterIn(record))
      const became = header(record, dismissedHeader) === undefined ? 'redrivenAt' : 'dismissedAt'
      for (const letter of byOrigin.get(redriven) ?? [])
        if (isMarkOf(record, letter)) letter[became] = header(record, 'dlq_time') ?? ''
    },
  })
  return letters
}

const isWaiting = ({ redrivenAt, dismissedAt }: Pick<StoredDeadLetter, 'redrivenAt' | 'dismissedAt'>) =>
  redrivenAt === null && dismissedAt === null

export interface DeadLetterOrder {
  action: 'redrive' | 'dismiss'
  ids: readonly string[]
  again: boolean
}

export interface DeadLetterWork {
  signal: AbortSignal
  isLate(): boolean
  /** Is told of letters before they are sent again or dismissed; when it fails, they are not. */
  announce(letters: readonly StoredDeadLetter[]): Promise<void>
}

export interface DeadLetterOutcome {
  done: string[]
  gone: string[]
  skipped: string[]
  left: string[]
}

/**
 * Executes an order on the dead letters of some topics. It does not trust the request but reads the letters and whether
 * they are waiting, under a lock, so that an order that arrives twice is executed once.
 */
export async function carryOut(
  kafka: KafkaSettings,
  topics: readonly string[],
  { action, ids, again }: DeadLetterOrder,
  { signal, isLate, announce }: DeadLetterWork,
): Promise<DeadLetterOutcome> {
  const found = new Map((await lettersIn(kafka, topics, signal, new Set(ids))).map(letter => [letter.id, letter]))
  signal.throwIfAborted() // an incomplete read would miss marks, and repeat what is already done
  const letters = [...new Set(ids)].flatMap(id => {
    const letter = found.get(id)
    return letter && (again || isWaiting(letter)) ? [letter] : []
  })
  const chosen = new Set(letters.map(({ id }) => id))
  const skipped = ids.filter(id => !chosen.has(id))
  if (action === 'dismiss') {
    if (letters.length > 0) {
      await announce(letters)
      await dismiss(kafka, letters)
    }
    return { done: [...chosen], gone: [], skipped, left: [] }
  }
  const { gone, left } = await redrive(kafka, letters, { isLate, announce })
  const [goneIds, leftIds] = [gone, left].map(some => some.map(({ id }) => id)) as [string[], string[]]
  const notDone = new Set([...goneIds, ...leftIds])
  return { done: [...chosen].filter(id => !notDone.has(id)), gone: goneIds, skipped, left: leftIds }
}

export function deadLetterIn(record: IncomingRecord): StoredDeadLetter {
  // by the topic it is in, not by its header: whoever may write here may not write everywhere
  const topic = isDeadLetterTopic(record.topic) ? record.topic.slice(0, -'.dlq'.length) : record.topic
  const event = parseRecord(record)
  const byReference = header(record, valueHeader) === 'by-reference'
  return {
    id: `${topic}/${record.offset}`,
    topic,
    partition: Number(header(record, 'dlq_partition') ?? -1),
    offset: header(record, 'dlq_offset') ?? '',
    group: header(record, 'dlq_group') ?? '',
    time: header(record, 'dlq_time') ?? timeOf(record),
    type: header(record, 'ce_type') ?? null,
    key: record.key?.toString() ?? null,
    reason: header(record, 'dlq_reason') ?? '',
    error: header(record, 'dlq_error') ?? '',
    redrivenAt: null,
    dismissedAt: null,
    breaksContract: !byReference && isMalformed(event) ? event.message : null,
    byReference,
    record,
  }
}

const eventName = (letter: StoredDeadLetter) => JSON.stringify([originName(letter), letter.key, idOf(letter.record)])

const redrivenAtOnce = 500 // after a crash in between, at most this many are sent once more

/**
 * Produces the records of dead letters to their topics again, unchanged, and then marks them in the dead-letter topics,
 * some hundred at a time. After a crash between the two the next redrive sends them once more; consumers recognize
 * duplicates. Returns the letters whose record is no longer in its topic, or has another one in its place: these are not
 * sent. Rejects when some were not acknowledged.
 */
export async function redrive(
  kafka: KafkaSettings,
  letters: readonly StoredDeadLetter[],
  { isLate = () => false, announce = async () => undefined }: Partial<DeadLetterWork> = {},
): Promise<{ gone: StoredDeadLetter[]; left: StoredDeadLetter[] }> {
  // dead-lettered by two groups: sent once, because both consume it
  const byEvent = [...new Map(letters.map(letter => [eventName(letter), letter]))]
  const gone: StoredDeadLetter[] = []
  const client = kafkaClient(kafka)
  for (let from = 0; from < byEvent.length; from += redrivenAtOnce) {
    if (from > 0 && isLate()) {
      const rest = new Set(byEvent.slice(from).map(([event]) => event))
      return { gone, left: letters.filter(letter => rest.has(eventName(letter))) }
    }
    const some = byEvent.slice(from, from + redrivenAtOnce)
    const records = await withRecords(client, some)
    gone.push(...some.flatMap(([event, letter]) => (records.has(event) ? [] : [letter])))
    const sent = some.filter(([event]) => records.has(event))
    await announce(sent.map(([, letter]) => letter))
    await produceOnce(
      client,
      [...records.values()],
      sent.map(([, letter]) => mark(letter)),
    )
  }
  return { gone, left: [] }
}

/**
 * The records to send, by event. They are read from their own topic, whatever the dead letters say, because others may
 * write those. The copy is used when the record is gone; a letter by reference then has none.
 */
async function withRecords(
  kafka: ReturnType<typeof kafkaClient>,
  letters: readonly (readonly [string, StoredDeadLetter])[],
): Promise<Map<string, OutgoingRecord>> {
  const lying = await recordsAt(
    kafka,
    letters.map(([, letter]) => letter),
  )
  return new Map(
    letters.flatMap(([event, letter]) => {
      const record = toSend(letter, lying.get(originName(letter)))
      return record ? [[event, original({ ...letter, record })]] : []
    }),
  )
}

/** Undefined when another record lies in its place: the copy, which may be forged, is not sent instead. */
function toSend({ byReference, record }: StoredDeadLetter, lying?: IncomingRecord): IncomingRecord | undefined {
  if (lying === undefined) return byReference ? undefined : record
  const isIts = byReference ? isNamedBy(record, lying) : isOneEvent(record, lying)
  return isIts ? lying : undefined
}

/** Marks letters that need no redrive, because their cause is known and nothing is lost. */
export const dismiss = (kafka: KafkaSettings, letters: readonly StoredDeadLetter[]): Promise<void> =>
  produceOnce(
    kafkaClient(kafka),
    letters.map(letter => mark(letter, { [dismissedHeader]: 'yes' })),
  )

function original({ topic, record }: Pick<StoredDeadLetter, 'topic' | 'record'>): OutgoingRecord {
  const headers = Object.fromEntries(Object.entries(plainHeaders(record)).filter(([name]) => !name.startsWith('dlq_')))
  return { topic, key: record.key?.toString() ?? null, value: record.value, headers }
}

function mark(letter: StoredDeadLetter, more: Record<string, string> = {}): OutgoingRecord {
  const id = idOf(letter.record)
  return {
    topic: deadLetterTopic(letter.topic),
    key: letter.key,
    value: null,
    headers: {
      [redrivenHeader]: originName(letter),
      dlq_time: new Date().toISOString(),
      ...(id !== undefined && { ce_id: id }),
      ...more,
    },
  }
}
