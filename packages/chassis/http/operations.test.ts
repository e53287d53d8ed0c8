import test, { type ExecutionContext } from 'ava'
import { logger } from '../log.ts'
import { opsServer, type OpsOptions } from './operations.ts'

async function aServer(t: ExecutionContext, more: Partial<OpsOptions> = {}) {
  const server = opsServer({
    port: 0,
    log: logger('test', 'fatal'),
    readiness: async () => ({
      status: 'ready',
      service: 's',
      version: '1.2.3',
      uptimeSeconds: 3,
      checks: { database: { ok: true } },
      outbox: { mode: 'relay', rows: 0, oldestSeconds: 0, modes: [] },
    }),
    metrics: async () => ({ contentType: 'text/plain', text: 'up 1\n' }),
    ...more,
  })
  const port = await server.listen()
  t.teardown(() => server.close())
  return (path: string, method = 'GET') => fetch(`http://127.0.0.1:${port}${path}`, { method })
}

test('those who run a service see its health with all details, and its metrics, without a login', async t => {
  const request = await aServer(t)
  t.deepEqual(await (await request('/livez')).json(), { status: 'alive' })
  t.like(await (await request('/readyz')).json(), {
    status: 'ready',
    uptimeSeconds: 3,
    checks: { database: { ok: true } },
  })
  const metrics = await request('/metrics?name[]=up')
  t.deepEqual([await metrics.text(), metrics.headers.get('content-type')], ['up 1\n', 'text/plain'])
})

test('there is nothing else at the port for operations', async t => {
  const request = await aServer(t)
  for (const path of ['/', '/orders', '/openapi.json', '/__proto__', '/metrics/'])
    t.is((await request(path)).status, 404, path)
  t.is((await request('/metrics', 'POST')).status, 405)
})

test('a service that is not ready says 503 and why', async t => {
  const request = await aServer(t, {
    readiness: async () => ({
      status: 'not_ready',
      service: 's',
      version: '1.2.3',
      uptimeSeconds: 3,
      checks: { database: { ok: false, detail: 'connect ECONNREFUSED' } },
      outbox: { mode: 'relay', rows: 0, oldestSeconds: 0, modes: [] },
    }),
  })
  const answer = await request('/readyz')
  t.deepEqual([answer.status, answer.headers.get('retry-after')], [503, '1'])
  t.like(await answer.json(), { checks: { database: { detail: 'connect ECONNREFUSED' } } })
})

test('metrics that fail are an error, and the port goes on', async t => {
  const request = await aServer(t, { metrics: () => Promise.reject(new Error('a bug')) })
  t.is((await request('/metrics')).status, 500)
  t.is((await request('/livez')).status, 200)
})
