import { Ajv2020 } from 'ajv/dist/2020.js'
import standalone from 'ajv/dist/standalone/index.js'
import { madeBy, pascal, type TopicContract } from './contract.ts'

/** ajv's types describe its CommonJS default export as a module; what Node gives is the function below it. */
const compile = (standalone as unknown as { default(ajv: Ajv2020, names: Record<string, string>): string }).default

const eventsOf = (contract: readonly TopicContract[]) => contract.flatMap(({ events }) => events)

/** A checking function per event type, compiled here so that no service and no command loads a schema compiler. */
export function validatorsModule(contract: readonly TopicContract[]): string {
  const events = eventsOf(contract)
  const ajv = new Ajv2020({ schemas: events.map(({ schema }) => schema), code: { source: true, esm: true, lines: true }, allErrors: false, strict: true, messages: true })
  const names = Object.fromEntries(events.map(({ type, schema }) => [pascal(type), schema.$id ?? '']))
  const code = compile(ajv, names)
    .replace('"use strict";\n', '')
    .replaceAll(/const (\w+) = require\("ajv\/dist\/runtime\/ucs2length"\)\.default;/g, 'const $1 = ucs2length;')
  if (code.includes('require(')) throw new Error('the compiled validators load something that an ES module cannot')
  return `// ${madeBy}\n${ucs2length}\n${code}\n`
}

/** Counts characters as JSON Schema does: a pair of surrogates is one. */
const ucs2length = `function ucs2length(text) {
  let length = 0
  for (const _ of text) length++
  return length
}
`

export function validatorTypes(contract: readonly TopicContract[]): string {
  return `// ${madeBy}

export interface Problem {
  instancePath: string
  message?: string
  params: Record<string, unknown>
}

/** True when the data is as the schema says; otherwise \`errors\` says why not. */
export interface Check {
  (data: unknown): boolean
  errors?: Problem[] | null
}

${eventsOf(contract).map(({ type }) => `export const ${pascal(type)}: Check`).join('\n')}
`
}
