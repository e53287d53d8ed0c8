/**
 * Other tools read events/asyncapi.json and the openapi.json of each service, so they must conform to AsyncAPI and
 * OpenAPI. Offline: `npm run check:documents`.
 */
import { readFileSync } from 'node:fs'
import { openapiDocuments } from '../openapi/documents.ts'
import { asyncApiProblems, openApiProblems } from './document-schema.ts'

const asyncApi = JSON.parse(readFileSync(new URL('../../events/asyncapi.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>
const found: [document: string, problems: string[]][] = [
  ['events/asyncapi.json', asyncApiProblems(asyncApi)],
  ...(await Promise.all(
    openapiDocuments().map(async ([service, document]): Promise<[string, string[]]> => [
      `openapi.json of ${service}`,
      await openApiProblems(document),
    ]),
  )),
]

for (const [document, problems] of found) {
  console.log(problems.length === 0 ? `${document} is valid` : `${document}:\n  ${problems.join('\n  ')}`)
  if (problems.length > 0) process.exitCode = 1
}
