import { openapiOf } from '@docket/chassis/http/openapi.ts'
import type { ServiceName } from '@docket/addresses/addresses.ts'
import { routesOf } from './routes.ts'

export type Schema = Record<string, unknown>

export interface OpenApi extends Record<string, unknown> {
  components: { schemas: Record<string, Schema> }
}

export function openapiDocuments(): [service: ServiceName, document: OpenApi][] {
  return Object.entries(routesOf).map(([service, routes]) => [
    service as ServiceName, // its keys are
    openapiOf({ service, version: '0.0.0', routes }) as OpenApi,
  ])
}
