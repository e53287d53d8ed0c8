/**
 * Writes cli/client/generated/answers.ts: what the services answer, as TypeScript types, from the named schemas of
 * their openapi.json. With --check it only compares. `npm run generate` runs it.
 */
import { compile } from 'json-schema-to-typescript'
import { openapiDocuments, type Schema } from '../openapi/documents.ts'
import { generated } from './generated-file.ts'

const named = new Map<string, Schema>()
for (const [service, { components }] of openapiDocuments())
  for (const [name, schema] of Object.entries(components.schemas)) {
    const known = named.get(name)
    if (known && JSON.stringify(known) !== JSON.stringify(schema))
      throw new Error(`${service} and another service call different answers ${name}: name one of them otherwise`)
    named.set(name, schema)
  }

/** json-schema-to-typescript names what is in $defs by its title. */
const local = (schema: unknown): unknown =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', '"#/$defs/'))

const names = [...named.keys()].sort()
const whole = {
  title: 'Answers',
  type: 'object',
  additionalProperties: false,
  required: names,
  properties: Object.fromEntries(names.map(name => [name, { $ref: `#/$defs/${name}` }])),
  $defs: Object.fromEntries(names.map(name => [name, { ...(local(named.get(name)) as Schema), title: name }])),
}
const text = await compile(whole as Parameters<typeof compile>[0], 'Answers', {
  bannerComment: '',
  additionalProperties: false,
  ignoreMinAndMaxItems: true,
  style: { semi: false, singleQuote: true, printWidth: 120 },
})

await generated(
  'cli/client/generated/answers.ts',
  `// Generated from the openapi.json of the services by \`npm run generate\`. Do not edit.\n\n${text.replace(/^export interface Answers \{[^}]*\}\n/, '')}`,
  "the services' routes say",
)
