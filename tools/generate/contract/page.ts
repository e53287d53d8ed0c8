import { madeBy, producersOf, type Schema, type TopicContract } from './read.ts'

export function eventsPage(contract: readonly TopicContract[]): string {
  return [
    `<!-- ${madeBy} -->\n`,
    '# Events\n',
    'What the services tell one another, and anybody who listens. How to read them in any language: [events/README.md](../events/README.md).\n',
    '| topic | from | key | types |',
    '| --- | --- | --- | --- |',
    ...contract.map(
      topic =>
        `| [\`${topic.topic}\`](#${topic.topic}) | ${producersOf(topic).join(', ')} | ${topic.key} | ${topic.events.map(({ type }) => `\`${type}\``).join(', ')} |`,
    ),
    '',
    ...contract.flatMap(topicSection),
  ].join('\n')
}

function topicSection({ topic, description, events }: TopicContract): string[] {
  return [
    `## ${topic}\n`,
    `${description}\n`,
    ...events.flatMap(({ type, since, schema }) => [
      `### ${type}\n`,
      `${schema.description} Since release ${since}. Its key is ${keyInWords(schema)}.${schema['x-undoes'] ? ` Undoes \`${schema['x-undoes']}\`.` : ''}${schema['x-answers'] ? ` Published in reaction to ${schema['x-answers'].map(cause => `\`${cause}\``).join(' or ')}.` : ''}${schema['x-for-observers'] ? ' For observers: no service consumes it.' : ''}\n`,
      '| field | type | what it is |',
      '| --- | --- | --- |',
      ...fields(schema, ''),
      '',
      '```json',
      JSON.stringify(schema.examples?.[0], undefined, 2),
      '```\n',
    ]),
  ]
}

const keyInWords = ({ 'x-key': key }: Schema) =>
  key !== undefined && 'field' in key ? `\`${key.field}\`` : `the word ${key?.const}`

function fields(schema: Schema, path: string): string[] {
  const required = new Set(schema.required)
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const inner =
      field.type === 'array' && field.items
        ? fields(field.items, `${path}${name}[].`)
        : fields(field, `${path}${name}.`)
    return [
      `| \`${path}${name}\`${required.has(name) ? '' : ' (may be missing)'} | ${typeInWords(field)} | ${field.description}${field['x-sensitivity'] ? ` (${field['x-sensitivity']} data)` : ''} |`,
      ...inner,
    ]
  })
}

function typeInWords({ type, enum: values, items }: Schema): string {
  if (values) return values.map(value => `\`${value}\``).join(', ')
  return type === 'array' ? `list of ${items?.type}` : type
}
