import { openapiOf } from '@docket/chassis/http/openapi.ts'
import type { ServiceName } from '@docket/addresses/addresses.ts'
import { routesOf } from './routes.ts'

export type Schema = Record<string, unknown>

interface Operation {
  operationId: string
  requestBody?: { content: Record<string, { schema: Schema }> }
  parameters?: { in: string; name: string }[]
}

export interface OpenApi extends Record<string, unknown> {
  /** By path, then by method. */
  paths: Record<string, Record<string, Operation>>
  components: { schemas: Record<string, Schema> }
}

export function openapiDocuments(): [service: ServiceName, document: OpenApi][] {
  return Object.entries(routesOf).map(([service, routes]) => [
    service as ServiceName, // its keys are
    openapiOf({ service, version: '0.0.0', routes }) as OpenApi,
  ])
}
