import type { Schema, TopicContract } from '@docket/tools/generate/contract/read.ts'

export interface HandledType {
  type: string
  topic: string
  producer: string
  schema: Schema
}

/** Known before the service runs, from the contract and from its own description. */
export interface Subject {
  name: string
  group: string
  handles: readonly HandledType[]
  reads: readonly string[]
  ownsDeadLettersOf: ReadonlySet<string>
  publishes: readonly TopicContract[]
  /** An observer keeps what it cannot use to itself, and writes no dead letters. */
  observes: boolean
  undoes: ReadonlyMap<string, string>
}

export function subjectOf(
  contract: readonly TopicContract[],
  name: string,
  { handles, observes = false, group = name }: { handles: readonly string[]; observes?: boolean; group?: string },
): Subject {
  const types = contract.flatMap(({ topic, producer, events }) =>
    events.map(({ type, schema }): HandledType => ({ type, topic, producer, schema })),
  )
  const handled = [...new Set(handles)].flatMap(wanted => {
    const found = types.filter(({ type, topic }) => type === wanted || topic === wanted)
    if (found.length === 0)
      throw new Error(
        `${wanted} is no event type and no topic of events/; there are ${types.map(({ type }) => type).join(', ')}`,
      )
    return found
  })
  const owned = contract.filter(({ deadLetterOwner }) => deadLetterOwner === name).map(({ topic }) => topic)
  return {
    name,
    group,
    handles: handled,
    reads: [...new Set([...handled.map(({ topic }) => topic), ...owned])],
    ownsDeadLettersOf: new Set(owned),
    publishes: contract.filter(({ producer }) => producer === name),
    observes,
    undoes: new Map(
      types.flatMap(({ type, schema }) => (schema['x-undoes'] === undefined ? [] : [[type, schema['x-undoes']]])),
    ),
  }
}

/** Undefined for a type whose records all have the same key. */
export const keyFieldOf = ({ 'x-key': key }: Schema): string | undefined =>
  key !== undefined && 'field' in key ? key.field : undefined
