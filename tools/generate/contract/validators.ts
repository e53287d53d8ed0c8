import { Ajv2020 } from 'ajv/dist/2020.js'
import standalone from 'ajv/dist/standalone/index.js'
import { madeBy, pascal, type Schema, type TopicContract } from './read.ts'

/** ajv's types describe its CommonJS default export as a module; Node provides the function below it. */
const compile = (standalone as unknown as { default(ajv: Ajv2020, names: Record<string, string>): string }).default

const eventsOf = (contract: readonly TopicContract[]) => contract.flatMap(({ events }) => events)

/** A validation function per event type, compiled here so that no service and no command loads a schema compiler. */
export function validatorsModule(contract: readonly TopicContract[]): string {
  const events = eventsOf(contract)
  const ajv = new Ajv2020({
    schemas: events.map(({ schema }) => bare(schema)),
    code: { source: true, esm: true, lines: true },
    strict: true,
  })
  const names = Object.fromEntries(events.map(({ type, schema }) => [pascal(type), schema.$id ?? '']))
  const code = withoutUnused(
    compile(ajv, names)
      .replace('"use strict";\n', '')
      .replaceAll(/^export const /gm, 'const ') // exported through checkOf, by event type
      .replaceAll(/const (\w+) = require\("ajv\/dist\/runtime\/ucs2length"\)\.default;/g, 'const $1 = ucs2length;'),
  )
  if (code.includes('require(')) throw new Error('the compiled validators load something that an ES module cannot')
  return `// ${madeBy}\n${ucs2length}\n${code}\nexport const checkOf = {\n${events.map(({ type }) => `  '${type}': ${pascal(type)},`).join('\n')}\n}\n`
}

/** Only what validation needs: descriptions and examples would occupy memory in every process. */
function bare({
  description: _,
  examples: __,
  title: ___,
  'x-since': ____,
  'x-key': _________,
  'x-for-observers': _____,
  'x-undoes': ______,
  'x-answers': _______,
  'x-sensitivity': ________,
  ...schema
}: Schema): Schema {
  return {
    ...schema,
    ...(schema.properties && {
      properties: Object.fromEntries(Object.entries(schema.properties).map(([name, field]) => [name, bare(field)])),
    }),
    ...(schema.items && { items: bare(schema.items) }),
  }
}

/** ajv declares every schema, but uses only those whose values it names in a message. */
const withoutUnused = (code: string) =>
  code.replaceAll(/^const (schema\d+) = .*;\n/gm, (line, name: string) =>
    code.split(new RegExp(`\\b${name}\\b`)).length > 2 ? line : '',
  )

/**
 * Counts characters as JSON Schema does: a pair of surrogates is one. Most texts have none, and their length is known.
 */
const ucs2length = `const surrogate = /[\\ud800-\\udbff]/
function ucs2length(text) {
  if (!surrogate.test(text)) return text.length
  let length = 0
  for (const _ of text) length++
  return length
}
`

export const validatorTypes = `// ${madeBy}

import type { EventType } from './contract.ts'

interface Problem {
  instancePath: string
  message?: string
  params: Record<string, unknown>
}

/** True when the data is as the schema says; otherwise \`errors\` says why not. */
export interface Check {
  (data: unknown): boolean
  errors?: Problem[] | null
}

export const checkOf: Readonly<Record<EventType, Check>>
`
