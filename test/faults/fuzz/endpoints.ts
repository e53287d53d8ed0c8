import { Ajv2020, type ValidateFunction } from 'ajv/dist/2020.js'
import type { ServiceName } from '@docket/addresses/addresses.ts'

export interface Schema {
  $ref?: string
  type?: string
  enum?: string[]
  const?: unknown
  pattern?: string
  format?: string
  minLength?: number
  maxLength?: number
  minimum?: number
  maximum?: number
  minItems?: number
  maxItems?: number
  items?: Schema
  properties?: Record<string, Schema>
  required?: string[]
}

export interface Field {
  name: string
  schema: Schema
}

/** `signature`: whoever signs the body, such as a carrier; none of the fuzzed callers does. */
type Needs = 'anonymous' | 'signature' | 'user' | 'operator'

export interface Endpoint {
  service: ServiceName
  url: string
  method: string
  template: string
  name: string
  needs: Needs
  path: Field[]
  query: Field[]
  body: Schema | undefined
  answers: Map<number, { type: string; check: ValidateFunction } | undefined>
  streams: boolean
}

interface Operation {
  security: Record<string, unknown>[]
  description?: string
  parameters?: { name: string; in: string; schema: Schema }[]
  requestBody?: { content: Record<string, { schema: Schema }> }
  responses: Record<string, { content?: Record<string, { schema: Schema }> }>
}

interface OpenApi {
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

export async function endpointsOf(service: ServiceName, url: string): Promise<Endpoint[]> {
  const document = (await (await fetch(`${url}/openapi.json`)).json()) as OpenApi
  const ajv = new Ajv2020({ strict: false, validateFormats: false })
  ajv.addSchema({ $id: 'openapi', components: document.components })
  return Object.entries(document.paths).flatMap(([template, methods]) =>
    Object.entries(methods).map(([method, operation]) => {
      const fields = (location: string) =>
        (operation.parameters ?? [])
          .filter(one => one.in === location)
          .map(({ name, schema }) => ({ name, schema: resolved(schema, document) }))
      const answers = answersOf(operation, ajv)
      const body = operation.requestBody?.content['application/json']?.schema
      return {
        service,
        url,
        method: method.toUpperCase(),
        template,
        name: `${service} ${method.toUpperCase()} ${template}`,
        needs: needsOf(operation),
        path: fields('path'),
        query: fields('query'),
        body: body && resolved(body, document),
        answers,
        streams: answers.get(200)?.type === 'text/event-stream',
      }
    }),
  )
}

function needsOf({ security, description }: Operation): Needs {
  if (security.length === 0) return 'anonymous'
  if (security.some(one => 'signature' in one)) return 'signature'
  return description === 'For operators only.' ? 'operator' : 'user'
}

function answersOf({ responses }: Operation, ajv: Ajv2020): Endpoint['answers'] {
  return new Map(
    Object.entries(responses).map(([status, { content }]) => {
      const [described] = Object.entries(content ?? {})
      if (!described) return [Number(status), undefined]
      const [type, { schema }] = described
      return [Number(status), { type, check: ajv.compile(pointedAt(schema)) }]
    }),
  )
}

const pointedAt = (schema: Schema): object =>
  JSON.parse(JSON.stringify(schema), (key, value: unknown) =>
    key === '$ref' && typeof value === 'string' ? `openapi${value}` : value,
  ) as object

function resolved(schema: Schema, document: OpenApi): Schema {
  const name = schema.$ref?.split('/').at(-1)
  if (name !== undefined) return resolved(document.components.schemas[name] ?? {}, document)
  return {
    ...schema,
    ...(schema.items && { items: resolved(schema.items, document) }),
    ...(schema.properties && {
      properties: Object.fromEntries(
        Object.entries(schema.properties).map(([key, one]) => [key, resolved(one, document)]),
      ),
    }),
  }
}
