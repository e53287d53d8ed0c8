import type { StoredDeadLetter } from '@docket/kafka/dead-letter-queue.ts'
import { toShownEvent } from './shown-event.ts'
import { parseDuration } from '../input/durations.ts'
import { usage } from '../failure.ts'
import { kafkaOf, withKafka } from '../client/topics.ts'
import type { Mgmt } from '../mgmt.ts'
import { oneOf, type ShapeOf } from '../shape.ts'

export type ShownLetter = Omit<StoredDeadLetter, 'record'> & { state: 'waiting' | 'redriven' | 'dismissed' }

export const letterShape: ShapeOf<ShownLetter> = {
  id: 'string',
  topic: 'string',
  partition: 'integer',
  offset: 'string',
  group: 'string',
  time: 'string',
  type: 'string|null',
  key: 'string|null',
  reason: 'string',
  error: 'string',
  redrivenAt: 'string|null',
  dismissedAt: 'string|null',
  breaksContract: 'string|null',
  state: oneOf('waiting', 'redriven', 'dismissed'),
  byReference: 'boolean',
}

export const letterFields = [
  'id',
  'topic',
  'partition',
  'offset',
  'group',
  'time',
  'type',
  'key',
  'reason',
  'error',
  'redrivenAt',
  'dismissedAt',
  'breaksContract',
  'byReference',
  'state',
] as const satisfies (keyof ShownLetter)[]

export const isWaiting = (letter: Pick<StoredDeadLetter, 'redrivenAt' | 'dismissedAt'>) => stateOf(letter) === 'waiting'

const stateOf = ({ redrivenAt, dismissedAt }: Pick<StoredDeadLetter, 'redrivenAt' | 'dismissedAt'>) =>
  redrivenAt !== null ? 'redriven' : dismissedAt !== null ? 'dismissed' : 'waiting'

export interface LetterFilter {
  topic?: string
  type?: string
  order?: string
  olderThan?: string
  newerThan?: string
}

export async function lettersOf(mgmt: Mgmt): Promise<StoredDeadLetter[]> {
  const { readDeadLetters } = await import('@docket/kafka/dead-letter-queue.ts')
  return (await withKafka(mgmt, () => readDeadLetters(kafkaOf(mgmt), mgmt.signal))).map(maskedLetter)
}

/** Anyone may have written a dead letter, so of each part only what may be seen is shown, and filters see no more. */
export function maskedLetter(letter: StoredDeadLetter): StoredDeadLetter {
  const { key, type, headers } = toShownEvent(letter.record)
  const { dlq_group: group = '', dlq_reason: reason = '', dlq_error: error = '' } = headers
  return { ...letter, key, type, group, reason, error }
}

/** Topics may be named with or without `.dlq`, and an order by the end of its id, which is what lists show. */
export function matches(
  { topic, type, order, olderThan, newerThan }: LetterFilter,
  now: Date,
): (letter: StoredDeadLetter) => boolean {
  const wantedTopic = topic?.replace(/\.dlq$/, '')
  const [least, most] = [olderThan, newerThan].map(text => (text === undefined ? undefined : parseDuration(text)))
  return letter => {
    const ageMs = now.getTime() - Date.parse(letter.time)
    return (
      (wantedTopic === undefined || letter.topic === wantedTopic) &&
      (type === undefined || letter.type === type) &&
      (order === undefined || (letter.key?.toLowerCase().endsWith(order.toLowerCase()) ?? false)) &&
      (least === undefined || ageMs >= least) &&
      (most === undefined || ageMs <= most)
    )
  }
}

export function namedBy(ids: readonly string[], letters: readonly StoredDeadLetter[]): StoredDeadLetter[] {
  return ids.map(id => {
    const wanted = id.replace('.dlq/', '/')
    const found = letters.find(letter => letter.id === wanted)
    if (!found) throw usage(`There is no dead letter ${id}.`, 'list them with: mgmt dlq list --all')
    return found
  })
}

export function chosenLetters(
  letters: readonly StoredDeadLetter[],
  ids: readonly string[],
  { all, again, ...filter }: LetterFilter & { all?: boolean; again?: boolean },
): StoredDeadLetter[] {
  if (ids.length > 0) return namedBy(ids, letters)
  const { topic, type, order, olderThan, newerThan } = filter
  if (!all && [topic, type, order, olderThan, newerThan].every(one => one === undefined)) {
    throw usage(
      'Nothing is chosen.',
      'name dead letters, or choose with --topic, --type, --order, --older-than, --newer-than or --all',
    )
  }
  const wanted = matches(filter, new Date())
  return letters.filter(letter => wanted(letter) && (again || isWaiting(letter)))
}

export const shownLetter = ({ record: _, ...letter }: StoredDeadLetter): ShownLetter => ({
  ...letter,
  state: stateOf(letter),
})
