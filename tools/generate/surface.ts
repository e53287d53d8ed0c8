import { createHash } from 'node:crypto'
import { globSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'
import { openapiOf } from '@docket/chassis/http/openapi.ts'
import { entries } from '@docket/cli/generated/commands.ts'
import { readContract } from './contract/read.ts'
import { routesOf } from '../openapi/routes.ts'
import { settingsIn } from './settings.ts'

export interface Surface {
  eventTypes: string[]
  commands: string[]
  routes: string[]
  settings: string[]
}

export interface Release extends Surface {
  release: string
}

export async function surface(): Promise<Surface> {
  const contract = await readContract(new URL('../../events/', import.meta.url))
  return {
    eventTypes: contract.flatMap(({ events }) => events.map(({ type }) => type)).sort(),
    commands: entries.map(({ path }) => path).sort(),
    routes: [...new Set(Object.keys(routesOf).flatMap(routesOfService))].sort(),
    settings: [...new Set(sources().flatMap(file => settingsIn(file, read(file))))].sort(),
  }
}

function routesOfService(service: string): string[] {
  const routes = routesOf[service as keyof typeof routesOf]
  const { paths } = openapiOf({ service, version: '', routes }) as { paths: Record<string, object> }
  return Object.entries(paths).flatMap(([path, methods]) =>
    Object.keys(methods).map(method => `${method.toUpperCase()} ${path.replaceAll(/\{(\w+)\}/g, ':$1')}`),
  )
}

const sources = () =>
  globSync(['packages/**/*.ts', '*-service/src/**/*.ts', 'cli/**/*.ts', 'local/**/*.ts'], {
    cwd: root,
    exclude: ['**/node_modules', '**/*.test.ts'],
  })

/** SHA-256 of each migration of a service, by its name. */
export function migrationDigests(service: string): Record<string, string> {
  const files = globSync(`${service}/migrations/*.sql`, { cwd: root }).sort()
  return Object.fromEntries(files.map(file => [basename(file), createHash('sha256').update(read(file)).digest('hex')]))
}

const read = (file: string) => readFileSync(join(root, file), 'utf8')
