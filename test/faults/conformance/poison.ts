import { randomUUID } from 'node:crypto'
import type { OutgoingRecord } from '@docket/kafka/record-codec.ts'
import type { Storyteller, Told } from './stories.ts'
import { keyFieldOf, type HandledType, type Subject } from './subject.ts'

export interface Poison {
  kind: string
  record: OutgoingRecord
  isDeadLettered: boolean
}

type Spoil = (record: OutgoingRecord, about: HandledType) => OutgoingRecord

const withHeaders = (record: OutgoingRecord, headers: Record<string, string | undefined>): OutgoingRecord => ({
  ...record,
  headers: Object.fromEntries(
    Object.entries({ ...record.headers, ...headers }).flatMap(([name, value]) =>
      value === undefined ? [] : [[name, value]],
    ),
  ),
})

const withData = (record: OutgoingRecord, change: (data: Record<string, unknown>) => unknown): OutgoingRecord => ({
  ...record,
  value: JSON.stringify(change(JSON.parse(String(record.value)) as Record<string, unknown>)),
})

const ofKnownTypes: Record<string, Spoil> = {
  'not JSON': record => ({ ...record, value: '{"orderId": ' }),
  'no value': record => ({ ...record, value: null }),
  'no key': record => ({ ...record, key: null }),
  'a key that its data do not name': record => ({ ...record, key: randomUUID() }),
  'no ce_id': record => withHeaders(record, { ce_id: undefined }),
  'a required field missing': (record, { schema: { required = [] } }) =>
    withData(record, ({ [required[0] ?? '']: _, ...rest }) => rest),
  'a field of the wrong type': (record, { schema: { required = [] } }) =>
    withData(record, data => ({ ...data, [required.at(-1) ?? '']: { not: 'what the schema says' } })),
}

const ofNoType: Record<string, Spoil> = {
  'no ce_type': record => withHeaders(record, { ce_type: undefined }),
  'a ce_type that is not noun.verbed': record => withHeaders(record, { ce_type: 'DREAMT' }),
}

export function poisons(
  subject: Subject,
  teller: Storyteller,
  typesOf: (topic: string) => readonly HandledType[],
): Poison[] {
  return subject.reads.flatMap(topic => {
    const [handled] = subject.handles.filter(one => one.topic === topic && keyFieldOf(one.schema) !== undefined)
    const about = handled ?? typesOf(topic)[0]
    if (!about) return []
    const isOwner = subject.ownsDeadLettersOf.has(topic)
    const all = (kinds: Record<string, Spoil>, isDeadLettered: boolean) =>
      Object.entries(kinds).map(([kind, spoil]): Poison => {
        const [record] = teller.tell({ name: kind, steps: [about] }).records as [OutgoingRecord]
        return { kind, record: spoil(record, about), isDeadLettered: isDeadLettered && !subject.observes }
      })
    return [...all(ofKnownTypes, isOwner || handled !== undefined), ...all(ofNoType, isOwner)]
  })
}

/**
 * A valid event of a type that a later release may add, with the key of a story and ahead of it, so that ignoring it is
 * seen.
 */
export const ofALaterType = (teller: Storyteller, { key, story: { steps } }: Told): OutgoingRecord[] =>
  steps.map(step =>
    withHeaders(
      withData(teller.event(step, key, 1), () => ({ orderId: key, joy: 'great' })),
      {
        ce_type: `${step.type.split('.')[0]}.celebrated`,
      },
    ),
  )

export const withLaterFields = (told: Told): Told => ({
  ...told,
  records: told.records.map(record =>
    withHeaders(
      withData(record, data => ({ addedLater: { deep: [1, 2, 3] }, ...data, alsoLater: null })),
      { ce_addedlater: 'yes', 'x-later': '1' },
    ),
  ),
})
