import { readFileSync } from 'node:fs'
import { Validator } from '@seriousme/openapi-schema-validator'
import { Ajv, type ErrorObject } from 'ajv'
import { Ajv2020 } from 'ajv/dist/2020.js'

// Whether a document of ours is what its standard says: by the schemas that the makers of AsyncAPI and OpenAPI publish,
// which come as packages.

type Document = Record<string, unknown>

const asyncApiVersion = '3.0.0'

export function asyncApiProblems(document: Document): string[] {
  if (document.asyncapi !== asyncApiVersion)
    return [`/asyncapi is ${JSON.stringify(document.asyncapi)}, not ${asyncApiVersion}`]
  const schema = JSON.parse(
    readFileSync(new URL(import.meta.resolve(`@asyncapi/specs/schemas/${asyncApiVersion}.json`)), 'utf8'),
  ) as Document
  const validate = new Ajv({
    strict: false,
    allErrors: true,
    validateFormats: false,
    meta: false,
    validateSchema: false,
  }).compile(schema) // it brings its own copy of JSON Schema
  return [
    ...(validate(document) ? [] : inWords(validate.errors)),
    ...wrongSchemas(document),
    ...deadReferences(document),
  ]
}

export async function openApiProblems(document: Document): Promise<string[]> {
  const { valid, errors = 'it is not valid' } = await new Validator({ allErrors: true }).validate(
    structuredClone(document),
  ) // it adds to what it is given
  return [
    ...(valid ? [] : typeof errors === 'string' ? [errors] : inWords(errors)),
    ...wrongSchemas(document),
    ...deadReferences(document),
  ]
}

const shownAtMost = 10

const inWords = (errors: readonly ErrorObject[] | null | undefined) =>
  [
    ...new Set(
      (errors ?? []).map(
        ({ instancePath, message, params }) => `${instancePath || '/'} ${message} ${JSON.stringify(params)}`,
      ),
    ),
  ].slice(0, shownAtMost)

/** Schemas of data within the document: both standards leave these to JSON Schema 2020-12. */
function wrongSchemas(document: Document): string[] {
  const ajv = new Ajv2020({ strict: false, logger: false })
  return schemasIn(document, '').flatMap(([path, schema]) =>
    ajv.validateSchema(schema) ? [] : inWords(ajv.errors).map(problem => `${path}${problem}`),
  )
}

function schemasIn(part: unknown, path: string): [path: string, schema: Document][] {
  if (typeof part !== 'object' || part === null) return []
  return Object.entries(part).flatMap(([name, value]): [string, Document][] => {
    if (name === 'schema') return [[`${path}/schema`, value as Document]]
    if (name === 'schemas')
      return Object.entries(value as Record<string, Document>).map(([one, schema]) => [
        `${path}/schemas/${one}`,
        schema,
      ])
    return schemasIn(value, `${path}/${name}`)
  })
}

function deadReferences(document: Document): string[] {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"(#[^"]*)"/g)].map(
    ([, reference = '']) => reference,
  )
  return [...new Set(references)]
    .filter(reference => at(document, reference) === undefined)
    .map(reference => `$ref ${reference} leads nowhere`)
}

const at = (document: Document, pointer: string) =>
  pointer
    .split('/')
    .slice(1)
    .reduce<unknown>(
      (node, name) =>
        (node as Document | undefined)?.[decodeURIComponent(name).replaceAll('~1', '/').replaceAll('~0', '~')],
      document,
    )
