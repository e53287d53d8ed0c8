import { createHmac } from 'node:crypto'
import test from 'ava'
import { z } from 'zod'
import { aServer } from '@docket/test/support/http-server.ts'
import { openapiOf } from './openapi.ts'
import { ok, route } from './route.ts'
import { isSigned } from './signed-request.ts'

const now = 1_800_000_000
const sign = (secret: string, body: string, seconds = now) =>
  createHmac('sha256', secret).update(`${seconds}.${body}`).digest('hex')
const bytes = (text: string) => Buffer.from(text)

const cases: [what: string, header: string | undefined, isRight: boolean][] = [
  ['the signature of the body', `t=${now},v1=${sign('first', '{}')}`, true],
  ['a signature with the second secret', `t=${now},v1=${sign('second', '{}')}`, true],
  ['one of two signatures', `t=${now}, v1=${sign('old', '{}')}, v1=${sign('first', '{}')}`, true],
  ['five minutes old', `t=${now - 300},v1=${sign('first', '{}', now - 300)}`, true],
  ['older than five minutes', `t=${now - 301},v1=${sign('first', '{}', now - 301)}`, false],
  ['from a clock that is more than five minutes ahead', `t=${now + 301},v1=${sign('first', '{}', now + 301)}`, false],
  ['with a secret that is not known', `t=${now},v1=${sign('third', '{}')}`, false],
  ['of another body', `t=${now},v1=${sign('first', '{"a":1}')}`, false],
  ['of another time', `t=${now - 1},v1=${sign('first', '{}')}`, false],
  ['without a time', `v1=${sign('first', '{}')}`, false],
  ['without a signature', `t=${now}`, false],
  ['cut off', `t=${now},v1=${sign('first', '{}').slice(0, 10)}`, false],
  ['none', undefined, false],
]
for (const [what, header, isRight] of cases)
  test(`a signed request is ${isRight ? 'right' : 'refused'}: ${what}`, t => {
    t.is(isSigned(header, bytes('{}'), ['first', 'second'], now), isRight)
  })

const signedRoute = route({
  method: 'post',
  path: '/carriers/:name/events',
  who: 'anyone',
  summary: 'Signed',
  params: z.object({ name: z.string() }),
  body: z.object({ id: z.string() }),
  answers: { 200: z.unknown() },
  idempotency: 'own',
  signedWith: ({ name }) => (name === 'known' ? ['first'] : undefined),
  handle: async ({ body }) => ok(body),
})

test('a route for signed requests takes the bytes that were signed, and has no path for an unknown sender', async t => {
  const { request } = await aServer(t, [signedRoute])
  const body = '{ "id":  "1" }'
  const seconds = Math.floor(Date.now() / 1_000)
  const headers = {
    'content-type': 'application/json',
    'x-signature': `t=${seconds},v1=${sign('first', body, seconds)}`,
  }
  t.like(await request('/carriers/known/events', { body, headers }), { status: 200, json: { id: '1' } })
  t.like(await request('/carriers/known/events', { body: `${body} `, headers }), {
    status: 401,
    json: { code: 'wrong_signature' },
  })
  t.like(await request('/carriers/unknown/events', { body, headers }), { status: 404, json: { code: 'not_found' } })
})

test('a signed request of more than 64 KiB is refused before it is checked', async t => {
  const { request } = await aServer(t, [signedRoute])
  const body = JSON.stringify({ id: 'x'.repeat(64 * 1024) })
  const headers = { 'content-type': 'application/json' }
  t.like(await request('/carriers/known/events', { body, headers }), { status: 413, json: { code: 'too_large' } })
})

test('the description of a route for signed requests says how they are signed, and when they are refused', t => {
  const { paths } = openapiOf({ service: 'test-service', version: '0', routes: [signedRoute] })
  t.like(paths, {
    '/carriers/{name}/events': {
      post: {
        security: [{ signature: [] }],
        responses: {
          401: { description: 'Unauthorized: `wrong_signature`' },
          404: { description: 'Not Found: `not_found`' },
        },
      },
    },
  })
})
