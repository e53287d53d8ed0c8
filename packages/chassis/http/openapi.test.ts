import test from 'ava'
import { z } from 'zod'
import { openapiOf } from './openapi.ts'
import { created, ok, route } from './route.ts'

const Line = z
  .object({ sku: z.string().meta({ description: 'Stock keeping unit', examples: ['mug'] }), quantity: z.int().min(1) })
  .meta({ id: 'Line' })
const Order = z.object({ id: z.uuid(), lines: z.array(Line), createdAt: z.string() }).meta({ id: 'Order' })
const id = z.object({ id: z.uuid().describe('The order') })

const routes = [
  route({
    method: 'post',
    path: '/orders',
    who: 'user',
    summary: 'Create an order',
    body: z.object({ lines: z.array(Line).min(1) }),
    answers: { 201: Order },
    refusals: { mixed_currencies: 422 },
    handle: async () => created({}, '/orders/1'),
  }),
  route({
    method: 'get',
    path: '/orders',
    who: 'user',
    summary: 'List orders',
    query: z.object({
      limit: z.coerce.number().int().max(100).default(20).describe('Page size'),
      stuck: z.stringbool().optional(),
    }),
    answers: { 200: z.object({ items: z.array(Order), nextCursor: z.string().nullable() }) },
    handle: async () => ok({}),
  }),
  route({
    method: 'get',
    path: '/orders/:id',
    who: 'user',
    summary: 'One order',
    params: id,
    answers: { 200: Order },
    refusals: { not_found: 404 },
    handle: async () => ok({}),
  }),
  route({
    method: 'get',
    path: '/orders/:id/stream',
    who: 'user',
    summary: 'Follow',
    params: id,
    answers: { 200: z.string() },
    handle: async () => ok({}),
  }),
  route({
    method: 'delete',
    path: '/sessions/:id',
    who: 'operator',
    summary: 'End a session',
    params: id,
    answers: { 204: undefined },
    handle: async () => ok({}),
  }),
  route({
    method: 'get',
    path: '/.well-known/jwks.json',
    who: 'anyone',
    summary: 'Keys',
    answers: { 200: z.object({ keys: z.array(z.unknown()) }) },
    handle: async () => ok({}),
  }),
]

interface Operation {
  operationId: string
  security: unknown[]
  parameters?: { name: string; in: string; required?: boolean; schema: Record<string, unknown>; description?: string }[]
  requestBody?: { required: boolean; content: Record<string, { schema: Record<string, unknown> }> }
  responses: Record<string, { description: string; content?: Record<string, { schema: Record<string, unknown> }> }>
}

const document = JSON.parse(JSON.stringify(openapiOf({ service: 'order-service', version: '0.1.0', routes }))) as {
  openapi: string
  info: Record<string, unknown>
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Record<string, unknown>>; securitySchemes: Record<string, unknown> }
}
const at = (path: string, method: string) => document.paths[path]?.[method] as Operation

test('the document has the shape of OpenAPI 3.1', t => {
  t.is(document.openapi, '3.1.0')
  t.like(document.info, { title: 'order-service', version: '0.1.0' })
  for (const [path, methods] of Object.entries(document.paths)) {
    t.regex(path, /^\/[\w./{}-]+$/)
    const inPath = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)
    for (const operation of Object.values(methods)) {
      t.deepEqual(
        (operation.parameters ?? []).filter(one => one.in === 'path').map(one => [one.name, one.required]),
        inPath.map(name => [name, true]),
      )
      for (const response of Object.values(operation.responses)) t.is(typeof response.description, 'string')
    }
  }
})

test('no two operations have the same id', t => {
  const ids = Object.values(document.paths)
    .flatMap(methods => Object.values(methods))
    .map(operation => operation.operationId)
  t.is(new Set(ids).size, ids.length)
  for (const one of ['postOrders', 'getOrders', 'getOrdersById', 'getOrdersByIdStream', 'deleteSessionsById'])
    t.true(ids.includes(one), one)
  for (const one of ids) t.regex(one, /^[A-Za-z0-9]+$/)
})

test('every reference leads somewhere', t => {
  const references = [...JSON.stringify(document).matchAll(/"\$ref":"([^"]+)"/g)].map(
    ([, reference]) => reference ?? '',
  )
  t.true(references.length > 5)
  for (const reference of new Set(references))
    t.truthy(document.components.schemas[reference.replace('#/components/schemas/', '')], reference)
})

test('bodies, parameters and answers come from the schemas, with their descriptions and examples', t => {
  const create = at('/orders', 'post')
  t.true(create.requestBody?.required)
  t.like(create.requestBody?.content['application/json']?.schema, { type: 'object', required: ['lines'] })
  t.like(create.responses[201]?.content?.['application/json']?.schema, { $ref: '#/components/schemas/Order' })
  t.like((document.components.schemas.Line as { properties: Record<string, unknown> }).properties.sku, {
    type: 'string',
    description: 'Stock keeping unit',
    examples: ['mug'],
  })
  t.like(
    at('/orders', 'get').parameters?.find(one => one.name === 'limit'),
    { in: 'query', required: undefined, description: 'Page size', schema: { maximum: 100 } },
  )
  t.deepEqual(Object.keys(at('/orders/{id}/stream', 'get').responses[200]?.content ?? {}), ['text/event-stream'])
  t.is(at('/sessions/{id}', 'delete').responses[204]?.content, undefined)
})

test('every error that a client may see is listed with its codes', t => {
  const { responses } = at('/orders', 'post')
  t.deepEqual(Object.keys(responses), ['201', '400', '401', '403', '413', '415', '422', '429', '500', '503'])
  t.is(responses[422]?.description, 'Unprocessable Entity: `invalid`, `idempotency_key_reused`, `mixed_currencies`')
  t.deepEqual(responses[422]?.content, {
    'application/problem+json': { schema: { $ref: '#/components/schemas/Problem' } },
  })
  t.regex(at('/orders/{id}', 'get').responses[404]?.description ?? '', /not_found/)
  t.deepEqual(Object.keys(at('/sessions/{id}', 'delete').responses), ['204', '401', '403', '422', '429', '500', '503'])
})

test('who may ask is told by the security of the operation', t => {
  t.deepEqual(at('/orders', 'post').security, [{ cookie: [] }, { bearer: [] }])
  t.deepEqual(at('/.well-known/jwks.json', 'get').security, [])
  t.deepEqual(Object.keys(document.components.securitySchemes), ['cookie', 'bearer', 'signature'])
})

test('a POST accepts an Idempotency-Key, a GET does not', t => {
  const acceptsKey = (operation: Operation) =>
    (operation.parameters ?? []).some(one => one.in === 'header' && one.name === 'Idempotency-Key')
  t.true(acceptsKey(at('/orders', 'post')))
  t.false(acceptsKey(at('/orders', 'get')))
})
