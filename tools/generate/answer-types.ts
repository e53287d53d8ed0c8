/**
 * Writes cli/client/generated/answers.ts, the types of the services' answers, from the named schemas of their
 * openapi.json, so that a change of an API breaks mgmt at compile time. With --check it only compares. `npm run
 * generate` runs it.
 */
import { openapiDocuments } from '../openapi/documents.ts'
import { clientTypes, namedSchemas, typesOf } from './client-types.ts'

const answers = namedSchemas('answers')
for (const [service, { components }] of openapiDocuments())
  for (const [name, schema] of Object.entries(components.schemas)) answers.add(service, name, schema)

await clientTypes('answers.ts', await typesOf(answers.named))
