import { parseSync, Visitor } from 'oxc-parser'
import { revokesTokens } from '../../generate/consumers.ts'
import type { TopicContract } from '../../generate/contract/read.ts'

export function typesIn(file: string, text: string): string[] {
  const { program, errors } = parseSync(file, text)
  if (errors[0]) throw new Error(`${file} cannot be parsed: ${errors[0].message}`)
  const found: string[] = []
  let valueEnd = 0
  new Visitor({
    Property({ key, value }) {
      if (key.type === 'Identifier' && key.name === 'type') valueEnd = value.end
    },
    Literal({ value, end }) {
      if (typeof value === 'string' && end <= valueEnd) found.push(value)
    },
  }).visit(program)
  return found
}

interface Flows {
  published: ReadonlyMap<string, ReadonlySet<string>>
  handled: ReadonlyMap<string, ReadonlySet<string>>
}

export const strayEvents = (contract: readonly TopicContract[], flows: Flows): string[] =>
  contract.flatMap(({ topic, producer, events }) =>
    events.flatMap(event => {
      const file = `events/${topic}/${event.type}.schema.json`
      return [...unpublished(file, producer, event, flows), ...unconsumed(file, topic, event, flows)]
    }),
  )

type Event = TopicContract['events'][number]

const unpublished = (file: string, producer: string, { type }: Event, { published }: Flows) =>
  published.get(producer)?.has(type) === false
    ? [`${file}: ${producer} never publishes it: write \`type: '${type}'\` out where it does, or delete the schema`]
    : []

function unconsumed(file: string, topic: string, event: Event, { handled }: Flows): string[] {
  const consumers = [...handled].filter(([, types]) => types.has(event.type)).map(([service]) => service)
  if (revokesTokens(topic, event)) consumers.push('every service')
  const isMarked = event.schema['x-for-observers'] === true
  if (consumers.length > 0 && isMarked)
    return [`${file}: it is marked "x-for-observers", and ${consumers.join(', ')} consumes it: remove the mark`]
  return consumers.length > 0 || isMarked
    ? []
    : [`${file}: no service consumes it: add it to the handlers of one, or "x-for-observers": true to the schema`]
}
