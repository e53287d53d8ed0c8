import type { Schema, TopicContract } from './read.ts'

/**
 * Finds descriptions that are missing in the contract, one line each with what to do. Pages and types are generated
 * from it, so a missing text would be missing, or `undefined`, in all of them.
 */
export const gapsIn = (contract: readonly TopicContract[]): string[] =>
  contract.flatMap(topic => [
    ...topicGaps(topic),
    ...topic.events.flatMap(event => {
      const file = `events/${topic.topic}/${event.type}.schema.json`
      return [...eventGaps(file, event), ...olderCauses(file, event, contract)]
    }),
  ])

const olderCauses = (
  file: string,
  { since, schema }: TopicContract['events'][number],
  contract: readonly TopicContract[],
): string[] => {
  const asNew = new Set(
    contract.flatMap(({ events }) => events).flatMap(one => (one.since === since ? [one.type] : [])),
  )
  return (schema['x-answers'] ?? [])
    .filter(cause => !asNew.has(cause))
    .map(
      cause => `${file}: ${cause} in x-answers is not of release ${since}: PRODUCES_FROM would not withhold the answer`,
    )
}

const wordsOfTopic = {
  description: 'say what the topic is for',
  key: 'say what the key of its records is',
  producer: 'name the one service that publishes to it and redrives its dead letters',
  deadLetterOwner: 'name the one service that dead-letters its broken records',
  partitions: 'say how many it has',
} as const

const topicGaps = (topic: TopicContract) =>
  Object.entries(wordsOfTopic)
    .filter(([name]) => !topic[name as keyof typeof wordsOfTopic])
    .map(([name, remedy]) => `events/${topic.topic}/topic.json has no ${name}: ${remedy}`)

function eventGaps(file: string, { type, since, schema }: TopicContract['events'][number]): string[] {
  return [
    ...(/^\d+\.\d+\.\d+$/.test(since)
      ? []
      : [`${file} has no x-since: name the release that brings the event type, such as 0.1.0`]),
    ...(hasKey(schema)
      ? []
      : [`${file} has no x-key: name a required text, { "field": "orderId" }, or a word, { "const": "retention" }`]),
    ...(schema.title === type ? [] : [`${file} has the title ${schema.title}: it is ${type}, as in the file's name`]),
    ...(schema.description ? [] : [`${file} has no description: say in a sentence what has happened`]),
    ...(schema.examples?.length ? [] : [`${file} has no example: add its data to "examples"`]),
    ...fieldsOf(schema)
      .filter(([, field]) => !field.description)
      .map(([path]) => `${file}: ${path} has no description: say what it is, and its unit`),
    ...unmarked(schema)
      .filter(path => !notOfPeople.has(`${type} ${path}`))
      .map(path => `${file}: ${path} has no x-sensitivity: say whether it is personal or payment data`),
  ]
}

const hasKey = ({ 'x-key': key, required = [], properties = {} }: Schema) =>
  key !== undefined && ('const' in key || (required.includes(key.field) && properties[key.field]?.type === 'string'))

const telling =
  /^(address|birthday|card|city|country|email|iban|line\d|password|phone|postal|recipient|secret|street|token|.*name)$/

/** Names of goods. */
const notOfPeople = new Set(['item.created name', 'item.updated name'])

/** Fields whose names say that they are about people or their money, and that nobody marked as such. */
function unmarked(schema: Schema, path = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    if (field['x-sensitivity']) return []
    const words = name.split(/(?=[A-Z])/).map(word => word.toLowerCase())
    if (words.some(word => telling.test(word))) return [`${path}${name}`]
    return [...unmarked(field, `${path}${name}.`), ...(field.items ? unmarked(field.items, `${path}${name}[].`) : [])]
  })
}

function fieldsOf(schema: Schema, path = ''): [path: string, field: Schema][] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]): [string, Schema][] => [
    [`${path}${name}`, field],
    ...fieldsOf(field, `${path}${name}.`),
    ...(field.items ? fieldsOf(field.items, `${path}${name}[].`) : []),
  ])
}
