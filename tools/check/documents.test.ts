import { readFileSync } from 'node:fs'
import test from 'ava'
import { openapiOf } from '@docket/chassis/http/openapi.ts'
import { routes } from '@docket/shipping-service/src/shipment.routes.ts'
import { asyncApiProblems, openApiProblems } from './document-schema.ts'

// A test knows the structure of the document that it reads.
// oxlint-disable-next-line typescript/no-explicit-any
type Loose = any

const asyncApi = (): Loose => JSON.parse(readFileSync(new URL('../../events/asyncapi.json', import.meta.url), 'utf8'))
const openApi = (): Loose => structuredClone(openapiOf({ service: 'shipping-service', version: '0.1.0', routes }))
const shipment = '/shipments/{id}'

const brokenAsyncApi: [what: string, breakIt: (document: Loose) => void, problem: RegExp][] = [
  [
    'another version',
    document => {
      document.asyncapi = '2.6.0'
    },
    /asyncapi is "2\.6\.0", not 3\.0\.0/,
  ],
  [
    'no title',
    document => {
      delete document.info.title
    },
    /^\/info .*'title'/,
  ],
  [
    'an action that there is not',
    document => {
      document.operations['send-order-events'].action = 'publish'
    },
    /send-order-events\/action/,
  ],
  [
    'a binding of Kafka that is wrong',
    document => {
      document.channels['order-events'].bindings.kafka.partitions = 'six'
    },
    /kafka\/partitions must be integer/,
  ],
  [
    'data of a type that there is not',
    document => {
      document.components.messages.OrderCreated.payload.schema.properties.total.type = 'money'
    },
    /OrderCreated\/payload\/schema\/properties\/total\/type/,
  ],
  [
    'a message that is nowhere',
    document => {
      document.channels['order-events'].messages.OrderCreated.$ref = '#/components/messages/Unknown'
    },
    /Unknown leads nowhere/,
  ],
]

const brokenOpenApi: [what: string, breakIt: (document: Loose) => void, problem: RegExp][] = [
  [
    'no version',
    document => {
      delete document.openapi
    },
    /openapi|version/i,
  ],
  [
    'no description of an answer',
    document => {
      delete document.paths[shipment].get.responses[200].description
    },
    /'description'/,
  ],
  [
    'a parameter in an unknown location',
    document => {
      document.paths[shipment].get.parameters[0].in = 'pocket'
    },
    /parameters\/0\/in/,
  ],
  [
    'data of a type that there is not',
    document => {
      document.components.schemas.Problem.type = 'objekt'
    },
    /Problem\/type/,
  ],
  [
    'a schema that is nowhere',
    document => {
      document.paths[shipment].get.responses[200].content['application/json'].schema = {
        $ref: '#/components/schemas/Unknown',
      }
    },
    /Unknown leads nowhere/,
  ],
]

test('the documents that are committed are valid', async t => {
  t.deepEqual(asyncApiProblems(asyncApi()), [])
  t.deepEqual(await openApiProblems(openApi()), [])
})

for (const [what, breakIt, problem] of brokenAsyncApi) {
  test(`an AsyncAPI document is refused with ${what}`, t => {
    const document = asyncApi()
    breakIt(document)
    t.regex(asyncApiProblems(document).join('\n'), problem)
  })
}

for (const [what, breakIt, problem] of brokenOpenApi) {
  test(`an OpenAPI document is refused with ${what}`, async t => {
    const document = openApi()
    breakIt(document)
    t.regex((await openApiProblems(document)).join('\n'), problem)
  })
}
