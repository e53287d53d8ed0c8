/**
 * Checks that events/asyncapi.json and the openapi.json of each service are what AsyncAPI and OpenAPI say: `npm run
 * check:documents`. Offline.
 */
import { readFileSync } from 'node:fs'
import { openapiOf } from '@docket/chassis/http/openapi.ts'
import { asyncApiProblems, openApiProblems } from './document-schema.ts'
import { routesOf } from './routes.ts'

const asyncApi = JSON.parse(readFileSync(new URL('../../events/asyncapi.json', import.meta.url), 'utf8')) as Record<
  string,
  unknown
>
const found: [document: string, problems: string[]][] = [
  ['events/asyncapi.json', asyncApiProblems(asyncApi)],
  ...(await Promise.all(
    Object.entries(routesOf).map(async ([service, routes]): Promise<[string, string[]]> => [
      `openapi.json of ${service}`,
      await openApiProblems(openapiOf({ service, version: '0.0.0', routes })),
    ]),
  )),
]

for (const [document, problems] of found) {
  console.log(problems.length === 0 ? `${document} is valid` : `${document}:\n  ${problems.join('\n  ')}`)
  if (problems.length > 0) process.exitCode = 1
}
