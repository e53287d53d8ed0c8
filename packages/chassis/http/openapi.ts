import { z } from 'zod'
import {
  createDocument,
  type ZodObjectInput,
  type ZodOpenApiOperationObject,
  type ZodOpenApiParameterObject,
  type ZodOpenApiPathsObject,
  type ZodOpenApiRequestBodyObject,
  type ZodOpenApiResponseObject,
  type ZodOpenApiResponsesObject,
  type ZodOpenApiSchemaObject,
  type ZodOpenApiSecuritySchemeObject,
} from 'zod-openapi'
import { http } from './node-http.ts'
import { callers, type Route, type Who } from './route.ts'

const { STATUS_CODES } = http

export interface Described {
  service: string
  version: string
  routes: readonly Route[]
}

export function openapiOf({ service, version, routes }: Described): Record<string, unknown> {
  const paths: ZodOpenApiPathsObject = {}
  for (const route of routes) {
    const path = route.path.replaceAll(/:(\w+)/g, '{$1}')
    paths[path] = { ...paths[path], [route.method]: operation(route, service) }
  }
  const document = createDocument({
    openapi: '3.1.0',
    info: { title: service, version, license: { name: 'Apache-2.0', identifier: 'Apache-2.0' } },
    tags: [{ name: service }],
    paths: { ...paths, ...operations(service) },
    components: { schemas: { Problem: problemSchema }, securitySchemes },
  })
  return { ...document }
}

const securitySchemes: Record<string, ZodOpenApiSecuritySchemeObject> = {
  cookie: {
    type: 'apiKey',
    in: 'cookie',
    name: 'access_token',
    description: 'Set by user-service at sign-up, login and refresh.',
  },
  bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
  signature: {
    type: 'apiKey',
    in: 'header',
    name: 'X-Signature',
    description: 't=<seconds>,v1=<hex HMAC-SHA256 of t.body>, over the bytes of the body, less than five minutes old.',
  },
}

const problemSchema: ZodOpenApiSchemaObject = {
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

const isForSome = (who: Who): who is Exclude<Who, 'anyone' | 'user'> => who !== 'anyone' && who !== 'user'

function operation(route: Route, service: string): ZodOpenApiOperationObject {
  const acceptsKey = route.method === 'post'
  return {
    operationId: operationId(route),
    summary: route.summary,
    tags: [service],
    ...(isForSome(route.who) && {
      description: `For ${callers[route.who].map(role => `${role}s`).join(' and ')} only.`,
    }),
    security: securityOf(route),
    requestParams: {
      ...(route.params && { path: route.params as ZodObjectInput }), // route parameters are always an object
      ...(route.query && { query: route.query as ZodObjectInput }),
    },
    parameters: acceptsKey ? [idempotencyKey] : [],
    ...(route.body && { requestBody: requestBody(route.body) }),
    responses: { ...answers(route), ...problems(route) },
  }
}

function securityOf({ who, signedWith }: Route): Record<string, string[]>[] {
  if (signedWith) return [{ signature: [] }]
  return who === 'anyone' ? [] : [{ cookie: [] }, { bearer: [] }]
}

const operationId = ({ method, path }: Route) =>
  method +
  path
    .split('/')
    .filter(Boolean)
    .map(part => (part.startsWith(':') ? `By${capital(part.slice(1))}` : part.split(/\W+/).map(capital).join('')))
    .join('')

const capital = (word: string) => word.charAt(0).toUpperCase() + word.slice(1)

const idempotencyKey: ZodOpenApiParameterObject = {
  name: 'Idempotency-Key',
  in: 'header',
  required: false,
  schema: { type: 'string', minLength: 1, maxLength: 255, pattern: '^[ -~]+$' },
  description:
    'The same key with the same request gives the first answer again, with the header idempotency-replayed; ' +
    'with another request it is a 422.',
}

function requestBody(body: z.ZodType): ZodOpenApiRequestBodyObject {
  return {
    required: !body.safeParse({}).success,
    content: { 'application/json': { schema: body } },
  }
}

function answers(route: Route): ZodOpenApiResponsesObject {
  return Object.fromEntries(
    Object.entries(route.answers).map(([status, schema]): [string, ZodOpenApiResponseObject] => {
      const headers: Pick<ZodOpenApiResponseObject, 'headers'> =
        status === '201' ? { headers: { location: { schema: { type: 'string' } } } } : {}
      const description = STATUS_CODES[status] ?? status
      if (!schema) return [status, { description, ...headers }]
      const type = schema instanceof z.ZodString ? 'text/event-stream' : 'application/json' // the only answer that is bare text is a stream
      return [status, { description, ...headers, content: { [type]: { schema } } }]
    }),
  )
}

function problems({ who, body, method, signedWith, refusals = {} }: Route): ZodOpenApiResponsesObject {
  const codes: Record<string, string[]> = { 429: ['too_many_requests'], 500: ['internal_error'], 503: ['unavailable'] }
  const add = (status: number, ...more: string[]) => {
    codes[status] = [...new Set([...(codes[status] ?? []), ...more])]
  }
  if (who !== 'anyone') add(401, 'not_logged_in')
  if (signedWith) {
    add(401, 'wrong_signature')
    add(404, 'not_found')
  }
  if (isForSome(who)) add(403, 'wrong_role')
  if (method !== 'get') add(403, 'foreign_origin')
  if (body) {
    add(400, 'not_json')
    add(413, 'too_large')
    add(415, 'unsupported_media_type')
  }
  add(422, 'invalid') // at least for a parameter that there is not
  if (method === 'post') {
    add(422, 'idempotency_key_reused')
    add(503, 'outcome_unknown')
  }
  for (const [code, status] of Object.entries(refusals)) add(status, code)
  return Object.fromEntries(
    Object.entries(codes).map(([status, all]): [string, ZodOpenApiResponseObject] => [
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

function operations(service: string): ZodOpenApiPathsObject {
  const get = (operationId: string, summary: string, type: string, more: ZodOpenApiResponsesObject = {}) => ({
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
