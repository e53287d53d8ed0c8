import { z } from 'zod'
import { http } from './node-http.ts'
import { callers, type Route, type Who } from './route.ts'

const { STATUS_CODES } = http

type Json = Record<string, unknown>

export interface Described {
  service: string
  version: string
  routes: readonly Route[]
}

/** The OpenAPI 3.1 document of a service, from its routes and their schemas. */
export function openapiOf({ service, version, routes }: Described): Json {
  const schemas: Record<string, Json> = { Problem: problemSchema }
  const paths: Record<string, Json> = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method]: operation(route, service, schemas) }
  }
  return {
    openapi: '3.1.0',
    info: { title: service, version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    tags: [{ name: service }],
    paths: { ...paths, ...operations(service) },
    components: { schemas, securitySchemes },
  }
}

const securitySchemes = {
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: 'access_token',
    description: 'Set by user-service at sign-up, login and refresh.',
  },
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
}

const problemSchema: Json = {
  type: 'object',
  description: 'RFC 9457. Members that are not listed here say more about some codes.',
  required: ['type', 'title', 'status', 'detail', 'code', 'requestId'],
  properties: {
    type: { type: 'string', format: 'uri', examples: ['urn:docket:problem:invalid'] },
    title: { type: 'string' },
    status: { type: 'integer' },
    detail: { type: 'string', description: 'A sentence for a person.' },
    code: { type: 'string', pattern: '^[a-z0-9_]+$', description: 'For programs: it stays.' },
    requestId: {
      type: 'string',
      description: 'The x-request-id of the answer; in one that is given again, that of the first.',
    },
    errors: {
      type: 'array',
      description: 'Which values are wrong, of a 422.',
      items: {
        type: 'object',
        required: ['path', 'message'],
        properties: { path: { type: 'string' }, message: { type: 'string' } },
      },
    },
  },
}

/** Whether not all who are logged in may call it. */
const isForSome = (who: Who): who is Exclude<Who, 'anyone' | 'user'> => who !== 'anyone' && who !== 'user'

function operation(route: Route, service: string, schemas: Record<string, Json>): Json {
  const acceptsKey = route.method === 'post'
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [service],
    ...(isForSome(route.who) && {
      description: `For ${callers[route.who].map(role => `${role}s`).join(' and ')} only.`,
    }),
    security: route.who === 'anyone' ? [] : [{ cookie: [] }, { bearer: [] }],
    parameters: [
      ...parameters(route.params, 'path', schemas),
      ...parameters(route.query, 'query', schemas),
      ...(acceptsKey ? [idempotencyKey] : []),
    ],
    ...(route.body && { requestBody: requestBody(route.body, schemas) }),
    responses: { ...answers(route, schemas), ...problems(route) },
  }
}

/** get /orders/:id/stream -> getOrdersByIdStream */
const operationId = ({ method, path }: Route) =>
  method +
  path
    .split('/')
    .filter(Boolean)
    .map(part => (part.startsWith(':') ? `By${capital(part.slice(1))}` : part.split(/\W+/).map(capital).join('')))
    .join('')

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

const idempotencyKey = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[ -~]+$' },
  description:
    'The same key with the same request gives the first answer again, with the header idempotency-replayed; ' +
    'with another request it is a 422.',
}

function parameters(schema: z.ZodType | undefined, kind: 'path' | 'query', schemas: Record<string, Json>): Json[] {
  if (!schema) return []
  const fields = jsonSchema(schema, 'input', schemas) as { properties?: Record<string, Json>; required?: string[] }
  return Object.entries(fields.properties ?? {}).map(([name, { description, ...property }]) => ({
    name,
    in: kind,
    required: kind === 'path' || (fields.required?.includes(name) ?? false),
    schema: property,
    ...(description !== undefined && { description }),
  }))
}

function requestBody(body: z.ZodType, schemas: Record<string, Json>): Json {
  return {
    required: !body.safeParse({}).success,
    content: { 'application/json': { schema: jsonSchema(body, 'input', schemas) } },
  }
}

function answers(route: Route, schemas: Record<string, Json>): Record<string, Json> {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, schema]) => {
      const headers = status === '201' ? { headers: { location: { schema: { type: 'string' } } } } : {}
      const description = STATUS_CODES[status] ?? status
      if (!schema) return [status, { description, ...headers }]
      const json = jsonSchema(schema, 'output', schemas)
      const type = json.type === 'string' ? 'text/event-stream' : 'application/json' // the only answer that is bare text is a stream
      return [status, { description, ...headers, content: { [type]: { schema: json } } }]
    }),
  )
}

/** Every status other than success, with the codes that the client may see. */
function problems({ who, body, params, query, method, refusals = {} }: Route): Record<string, Json> {
  const codes: Record<string, string[]> = { 429: ['too_many_requests'], 500: ['internal_error'], 503: ['unavailable'] }
  const add = (status: number, ...more: string[]) => {
    codes[status] = [...new Set([...(codes[status] ?? []), ...more])]
  }
  if (who !== 'anyone') add(401, 'not_logged_in')
  if (isForSome(who)) add(403, 'wrong_role')
  if (method !== 'get') add(403, 'foreign_origin')
  if (body) {
    add(400, 'not_json')
    add(413, 'too_large')
    add(415, 'unsupported_media_type')
  }
  if (body || params || query || method === 'post') add(422, 'invalid')
  if (method === 'post') add(422, 'idempotency_key_reused')
  for (const [code, status] of Object.entries(refusals)) add(status, code)
  return Object.fromEntries(
    Object.entries(codes).map(([status, all]) => [
      status,
      {
        description: `${STATUS_CODES[status] ?? status}: ${all.map(code => `\`${code}\``).join(', ')}`,
        ...((status === '429' || status === '503') && {
          headers: { 'retry-after': { schema: { type: 'integer' }, description: 'Seconds.' } },
        }),
        content: { 'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } } },
      },
    ]),
  )
}

/** The JSON Schema of a zod schema; what has an id (`.meta({ id })`) moves to the components. */
function jsonSchema(schema: z.ZodType, io: 'input' | 'output', schemas: Record<string, Json>): Json {
  const whole: Json & { $defs?: Record<string, Json> } = z.toJSONSchema(schema, {
    io,
    unrepresentable: 'any',
    target: 'draft-2020-12',
  })
  const { $schema: _, $defs = {}, ...json } = whole
  const names = new Map<string, string>()
  for (const [id, { id: _, ...definition }] of Object.entries($defs)) {
    const known = schemas[id]
    const differs = known !== undefined && JSON.stringify(known) !== JSON.stringify(rename(definition, new Map()))
    // defaults and transforms: what goes in is not what comes out
    names.set(id, differs ? `${id}${io === 'input' ? 'In' : 'Out'}` : id)
  }
  for (const [id, { id: _, ...definition }] of Object.entries($defs))
    schemas[names.get(id) ?? id] = rename(definition, names) as Json
  const { id: _id, ...own } = json
  return rename(own, names) as Json
}

/** Points references at the components. */
function rename(value: unknown, names: ReadonlyMap<string, string>): unknown {
  if (Array.isArray(value)) return value.map(one => rename(one, names))
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(
    Object.entries(value).map(([key, inner]) => {
      if (key !== '$ref' || typeof inner !== 'string' || !inner.startsWith('#/$defs/'))
        return [key, rename(inner, names)]
      const id = inner.slice('#/$defs/'.length)
      return [key, `#/components/schemas/${names.get(id) ?? id}`]
    }),
  )
}

function operations(service: string): Record<string, Json> {
  const get = (operationId: string, summary: string, type: string, more: Json = {}) => ({
    get: {
      operationId,
      summary,
      tags: [service],
      security: [],
      responses: { 200: { description: 'OK', content: { [type]: { schema: {} } } }, ...more },
    },
  })
  return {
    '/livez': get('livez', 'Whether the process is alive', 'application/json'),
    '/readyz': get('readyz', 'Whether it can serve requests, and if not, why', 'application/json', {
      503: { description: 'Not ready', content: { 'application/json': { schema: {} } } },
    }),
    '/openapi.json': get('openapi', 'This document', 'application/json'),
  }
}
