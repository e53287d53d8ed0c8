import type { ExecutionContext } from 'ava'
import type { Authenticator } from '@docket/chassis/http/auth.ts'
import type { Database } from '@docket/chassis/database/database.ts'
import { httpServer, type HttpOptions } from '@docket/chassis/http/server.ts'
import { logger } from '@docket/chassis/log.ts'
import type { Route } from '@docket/chassis/http/route.ts'

export async function aServer(
  t: ExecutionContext<unknown>,
  routes: Route[],
  db: Database,
  authenticate: Authenticator,
  more: Pick<HttpOptions, 'confirms' | 'trustProxy'> = {},
): Promise<string> {
  const server = httpServer({
    service: 'test',
    version: '0',
    port: 0,
    routes,
    db,
    authenticate,
    ...more,
    log: logger('test', 'fatal'),
    isStopping: () => false,
    observe: () => undefined,
    readiness: async () => ({
      status: 'ready',
      service: 'test',
      version: '0',
      uptimeSeconds: 0,
      checks: {},
      outbox: { mode: 'relay', rows: 0, oldestSeconds: 0, modes: ['relay'] },
    }),
  })
  const port = await server.listen()
  t.teardown(() => server.close())
  return `http://127.0.0.1:${port}`
}
