import { compile } from 'json-schema-to-typescript'
import { madeBy, pascal, valuesSince, type Schema, type Shared, type TopicContract } from './read.ts'

export async function typesModule(contract: readonly TopicContract[]): Promise<string> {
  const events = contract.flatMap(({ topic, events: some }) => some.map(event => ({ topic, ...event })))
  const interfaces = await Promise.all(
    events.map(({ type, schema }) => {
      const {
        $id: _,
        $schema: __,
        examples: ___,
        title: ____,
        'x-since': _____,
        'x-key': _________,
        'x-for-observers': ______,
        'x-undoes': _______,
        'x-answers': ________,
        ...rest
      } = schema
      const named = { ...rest, title: `${pascal(type)}Data` }
      return compile(named as Parameters<typeof compile>[0], named.title, {
        bannerComment: '',
        additionalProperties: false,
        ignoreMinAndMaxItems: true,
        style: { semi: false, singleQuote: true, printWidth: 120 },
      })
    }),
  )
  return [
    `// ${madeBy}\n`,
    interfaces.join('\n'),
    `export interface DataOf {\n${events.map(({ type }) => `  '${type}': ${pascal(type)}Data`).join('\n')}\n}\n`,
    'export type EventType = keyof DataOf\n',
    `export const typesOf = {\n${contract.map(({ topic, events: some }) => `  '${topic}': [${some.map(({ type }) => `'${type}'`).join(', ')}],`).join('\n')}\n} as const satisfies Record<string, readonly EventType[]>\n`,
    'export type Topic = keyof typeof typesOf\n',
    `export const topicOf: Readonly<Record<EventType, Topic>> = {\n${events.map(({ type, topic }) => `  '${type}': '${topic}',`).join('\n')}\n}\n`,
    `/** What the key of the records of each type is: a field of their data, or always this word. */\nexport const keyOf: Readonly<Record<EventType, { field: string } | { const: string }>> = {\n${events.map(({ type, schema }) => `  '${type}': ${keyIn(schema)},`).join('\n')}\n}\n`,
    `/** The release that brought each type. */\nexport const sinceOf: Readonly<Record<EventType, string>> = {\n${events.map(({ type, since }) => `  '${type}': '${since}',`).join('\n')}\n}\n`,
    `/** Types that are only published in reaction to others that are as new. */\nexport const answers: ReadonlySet<string> = new Set([${events.flatMap(({ type, schema }) => (schema['x-answers'] ? [`'${type}'`] : [])).join(', ')}])\n`,
    `/** The release that brought each value of an enum that is younger than its type: type, field, value. */\nexport const valueSinceOf = {\n${events
      .flatMap(valuesSince)
      .map(([value, since]) => `  '${value}': '${since}',`)
      .join('\n')}\n} as const satisfies Record<string, string>\n`,
    'export type LaterValue = keyof typeof valueSinceOf\n',
    `export const topics: readonly { topic: Topic; partitions: number }[] = [\n${contract.map(({ topic, partitions }) => `  { topic: '${topic}', partitions: ${partitions} },`).join('\n')}\n]\n`,
  ].join('\n')
}

function keyIn({ 'x-key': key }: Schema): string {
  if (key === undefined) throw new Error('a type without x-key') // found before, as a gap of the contract
  return 'field' in key ? `{ field: '${key.field}' }` : `{ const: '${key.const}' }`
}

export function sharedModule(shared: Shared): string {
  const plain = Object.fromEntries(Object.entries(shared).map(([name, schema]) => [name, withoutWords(schema)]))
  return `// ${madeBy}\nexport const shared = ${JSON.stringify(plain, null, 2)} as const\n`
}

function withoutWords({
  description: _,
  'x-since': __,
  'x-sensitivity': ___,
  properties,
  items,
  ...schema
}: Schema): object {
  return {
    ...schema,
    ...(properties && {
      properties: Object.fromEntries(Object.entries(properties).map(([name, one]) => [name, withoutWords(one)])),
    }),
    ...(items && { items: withoutWords(items) }),
  }
}
