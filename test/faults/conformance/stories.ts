import { createHash } from 'node:crypto'
import { toRecord, type OutgoingRecord } from '@docket/kafka/record-codec.ts'
import type { EventType } from '@docket/contract/event.ts'
import type { Random } from '../chaos/random.ts'
import { keyFieldOf, type HandledType, type Subject } from './subject.ts'

/** Events about one aggregate, in order, so that what a service makes of them can be compared. */
export interface Story {
  name: string
  steps: readonly HandledType[]
}

export interface Told {
  story: Story
  key: string
  records: readonly OutgoingRecord[]
}

type Pair = readonly [Story, Story]

const storyOf = (...steps: HandledType[]): Story => ({ name: steps.map(({ type }) => type).join(', then '), steps })

export const soloStories = ({ handles }: Subject): Story[] => handles.map(one => storyOf(one))

/**
 * Without types whose events all share one key, because the outcome of one event cannot be told from that of others.
 */
export const comparableStories = (subject: Subject): Story[] =>
  soloStories(subject).filter(({ steps }) => steps.every(({ schema }) => keyFieldOf(schema) !== undefined))

/** Kafka keeps no order across topics, so either event may arrive first. */
export const pairs = ({ handles }: Subject): Pair[] =>
  handles.flatMap((one, at) =>
    handles
      .slice(at + 1)
      .filter(
        other =>
          other.topic !== one.topic &&
          keyFieldOf(one.schema) !== undefined &&
          keyFieldOf(one.schema) === keyFieldOf(other.schema),
      )
      .map((other): Pair => [storyOf(one, other), storyOf(other, one)]),
  )

/** Marks our own records, also among dead letters. */
export const markHeader = 'conformance'

const uuidPattern = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/

/** Ids that ascend with time as those of the services do: UUIDs v7 whose random part comes from the seed. */
function idsFrom(random: Random, now: () => number = Date.now): () => string {
  const hex = (digits: number) =>
    Array.from({ length: digits }, () => Math.floor(random.next() * 16).toString(16)).join('')
  return () => {
    const time = now().toString(16).padStart(12, '0')
    return `${time.slice(0, 8)}-${time.slice(8)}-7${hex(3)}-8${hex(3)}-${hex(12)}`
  }
}

export function storyteller(random: Random) {
  const newId = idsFrom(random)
  let marks = 0

  const keyFor = (schema: HandledType['schema']) => {
    const field = keyFieldOf(schema)
    if (field === undefined) return wordOf(schema)
    const example = exampleOf(schema)[field]
    return typeof example === 'string' && !uuidPattern.test(example) ? `${example}-${newId().slice(-12)}` : newId()
  }

  const event = ({ type, topic, producer, schema }: HandledType, key: string, sequence: number): OutgoingRecord => {
    const record = toRecord(topic, {
      id: newId(),
      type: type as EventType, // subjectOf has found it in the contract
      source: `/${producer}`,
      key,
      time: new Date().toISOString(),
      sequence,
      traceparent: `00-${newId().replaceAll('-', '')}-00f067aa0ba902b7-01`,
      payload: JSON.stringify(withoutSome(dataFor(schema, key), schema, random)),
    })
    return { ...record, headers: { ...record.headers, [markHeader]: String(++marks) } }
  }

  return {
    event,
    tell(story: Story): Told {
      const [first] = story.steps
      if (!first) throw new Error('a story without events')
      const key = keyFor(first.schema)
      return { story, key, records: story.steps.map(step => event(step, key, 1)) }
    },
    /** A duplicate from the same publisher; only our mark differs. */
    again: (record: OutgoingRecord): OutgoingRecord => ({
      ...record,
      headers: { ...record.headers, [markHeader]: String(++marks) },
    }),
  }
}

export type Storyteller = ReturnType<typeof storyteller>

const wordOf = ({ 'x-key': key }: HandledType['schema']) => (key !== undefined && 'const' in key ? key.const : '')

const exampleOf = ({ examples: [example] = [] }: HandledType['schema']) => example as Record<string, unknown>

function dataFor(schema: HandledType['schema'], key: string): Record<string, unknown> {
  const field = keyFieldOf(schema)
  if (field === undefined) return exampleOf(schema)
  const was = exampleOf(schema)[field]
  const retold = (value: unknown): unknown => {
    if (value === was) return key
    if (typeof value === 'string' && uuidPattern.test(value)) return idOfBoth(key, value)
    if (Array.isArray(value)) return value.map(retold)
    if (typeof value === 'object' && value !== null)
      return Object.fromEntries(Object.entries(value).map(([name, one]) => [name, retold(one)]))
    return value
  }
  return retold(exampleOf(schema)) as Record<string, unknown> // an object remains an object
}

function idOfBoth(key: string, id: string): string {
  const hex = createHash('sha256').update(`${key} ${id}`).digest('hex')
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-7${hex.slice(13, 16)}-8${hex.slice(17, 20)}-${hex.slice(20, 32)}`
}

const leftOutOf = 0.3

function withoutSome(data: Record<string, unknown>, { required = [] }: HandledType['schema'], random: Random) {
  return Object.fromEntries(
    Object.entries(data).filter(([field]) => required.includes(field) || random.next() > leftOutOf),
  )
}
