/**
 * Writes cli/client/generated/requests.ts, the types of the requests, from the operations of the services'
 * openapi.json: a body by the operation's name, and the names of its query. So a change of an API breaks mgmt at
 * compile time. With --check it only compares. `npm run generate` runs it.
 */
import { openapiDocuments, type Schema } from '../openapi/documents.ts'
import { clientTypes, namedSchemas, typesOf } from './client-types.ts'

const bodies = namedSchemas('bodies')
const queries = new Map<string, string[]>()
for (const [service, { paths }] of openapiDocuments())
  for (const { operationId, requestBody, parameters = [] } of Object.values(paths).flatMap(path =>
    Object.values(path),
  )) {
    const name = operationId.replace(/^./, letter => letter.toUpperCase())
    const schema = requestBody?.content['application/json']?.schema
    if (schema) bodies.add(service, name, forSending(schema))
    const names = parameters.filter(parameter => parameter.in === 'query').map(parameter => parameter.name)
    if (names.length > 0) queries.set(`${name}Query`, names)
  }

/** A field with a default may be omitted in a request. */
function forSending(schema: Schema): Schema {
  const { default: _, ...rest } = schema
  return rest
}

const union = (names: Iterable<string>) => [...names].sort().join(' | ')
const queryTypes = [...queries].sort().map(([name, names]) => {
  const fields = names.map(field => `  ${field}?: string | undefined\n`)
  return `export interface ${name} {\n${fields.join('')}}\n`
})

await clientTypes(
  'requests.ts',
  `${await typesOf(bodies.named)}${queryTypes.join('')}
/** Any of the bodies. */
export type Body = ${union(bodies.named.keys())}

/** Any of the queries. */
export type Query = ${union(queries.keys())}
`,
)
