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
    if (some.some(({ group }) => group === letter.group)) return
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
      for (const letter of byOrigin.get(redriven) ?? []) letter[became] = header(record, 'dlq_time') ?? ''
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

const redrivenAtOnce = 500 // after a crash in between, at most this many are sent once more

/**
 * Produces the records of dead letters to their topics again, unchanged, and then marks them in the dead-letter topics, some hundred at
 * a time. After a crash between the two the next redrive sends them once more; consumers recognize duplicates. Returns
 * the letters whose record is no longer in its topic: these are not sent. Rejects when some were not acknowledged.
 */
export async function redrive(
  kafka: KafkaSettings,
  letters: readonly StoredDeadLetter[],
  { isLate = () => false, announce = async () => undefined }: Partial<DeadLetterWork> = {},
): Promise<{ gone: StoredDeadLetter[]; left: StoredDeadLetter[] }> {
  // dead-lettered by two groups: sent once, because both consume it
  const byOrigin = [...new Map(letters.map(letter => [originName(letter), letter]))]
  const gone: StoredDeadLetter[] = []
  const client = kafkaClient(kafka)
  for (let from = 0; from < byOrigin.length; from += redrivenAtOnce) {
    if (from > 0 && isLate()) {
      const rest = new Set(byOrigin.slice(from).map(([origin]) => origin))
      return { gone, left: letters.filter(letter => rest.has(originName(letter))) }
    }
    const some = byOrigin.slice(from, from + redrivenAtOnce)
    const records = await withRecords(client, some)
    gone.push(...some.flatMap(([origin, letter]) => (records.has(origin) ? [] : [letter])))
    const sent = some.filter(([origin]) => records.has(origin))
    await announce(sent.map(([, letter]) => letter))
    await produceOnce(
      client,
      [...records.values()],
      sent.map(([origin, letter]) => mark(origin, letter)),
    )
  }
  return { gone, left: [] }
}

/**
 * The records to send, by origin. They are read from their own topic, whatever the dead letters say, because others may
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
    letters.flatMap(([origin, letter]) => {
      const record = lying.get(origin) ?? (letter.byReference ? undefined : letter.record)
      return record ? [[origin, original({ ...letter, record })]] : []
    }),
  )
}

/** Marks letters that need no redrive, because their cause is known and nothing is lost. */
export const dismiss = (kafka: KafkaSettings, letters: readonly StoredDeadLetter[]): Promise<void> =>
  produceOnce(
    kafkaClient(kafka),
    letters.map(letter => mark(originName(letter), letter, { [dismissedHeader]: 'yes' })),
  )

function original({ topic, record }: Pick<StoredDeadLetter, 'topic' | 'record'>): OutgoingRecord {
  const headers = Object.fromEntries(Object.entries(plainHeaders(record)).filter(([name]) => !name.startsWith('dlq_')))
  return { topic, key: record.key?.toString() ?? null, value: record.value, headers }
}

const mark = (origin: string, { topic, key }: StoredDeadLetter, more: Record<string, string> = {}): OutgoingRecord => ({
  topic: deadLetterTopic(topic),
  key,
  value: null,
  headers: { [redrivenHeader]: origin, dlq_time: new Date().toISOString(), ...more },
})
