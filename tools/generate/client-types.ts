import { join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'
import { compile } from 'json-schema-to-typescript'
import { format, resolveConfig } from 'prettier'
import type { Schema } from '../openapi/documents.ts'
import { generated } from './generated-file.ts'

/** Collects schemas by name. Throws for two of one name that differ. */
export function namedSchemas(what: string) {
  const named = new Map<string, Schema>()
  return {
    named,
    add(service: string, name: string, schema: Schema): void {
      const known = named.get(name)
      if (known && JSON.stringify(known) !== JSON.stringify(schema))
        throw new Error(`${service} and another service call different ${what} ${name}: name one of them otherwise`)
      named.set(name, schema)
    },
  }
}

/** json-schema-to-typescript names what is in $defs by its title. */
const local = (schema: unknown): unknown =>
  JSON.parse(JSON.stringify(schema).replaceAll('"#/components/schemas/', '"#/$defs/'))

/** A TypeScript type for each schema, by its name. */
export async function typesOf(schemas: ReadonlyMap<string, Schema>): Promise<string> {
  const names = [...schemas.keys()].sort()
  const whole = {
    title: 'Whole',
    type: 'object',
    additionalProperties: false,
    required: names,
    properties: Object.fromEntries(names.map(name => [name, { $ref: `#/$defs/${name}` }])),
    $defs: Object.fromEntries(names.map(name => [name, { ...(local(schemas.get(name)) as Schema), title: name }])),
  }
  const text = await compile(whole as Parameters<typeof compile>[0], 'Whole', {
    bannerComment: '',
    additionalProperties: false,
    ignoreMinAndMaxItems: true,
    style: { semi: false, singleQuote: true, printWidth: 120 },
  })
  return text.replace(/^export interface Whole \{[^}]*\}\n/, '')
}

/** Writes types for mgmt, or with --check compares them. */
export async function clientTypes(file: string, text: string): Promise<void> {
  const path = `cli/client/generated/${file}`
  const whole = `// Generated from the openapi.json of the services by \`npm run generate\`. Do not edit.\n\n${text}`
  const config = await resolveConfig(join(root, path))
  await generated(path, await format(whole, { ...config, filepath: path }), "the services' routes say")
}
