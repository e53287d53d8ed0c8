import { once } from 'node:events'
import { connect } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { z } from 'zod'
import { aServer, type Received } from '@docket/test/support/http-server.ts'
import { ok, route } from './route.ts'

const Body = z.object({
  name: z.string().max(20).optional(),
  amount: z.number().int().nonnegative().optional(),
  lines: z.array(z.object({ sku: z.string() })).optional(),
  rest: z.unknown().optional(),
})
const echo = route({
  method: 'post',
  path: '/echo',
  who: 'anyone',
  summary: 'Echo',
  body: Body,
  answers: { 200: z.unknown() },
  handle: async ({ body }) => ok(body),
})
const strict = route({
  method: 'post',
  path: '/strict',
  who: 'anyone',
  summary: 'Strict',
  body: z.object({ name: z.string() }),
  answers: { 200: z.unknown() },
  handle: async ({ body }) => ok(body),
})
const bodiless = route({
  method: 'post',
  path: '/bodiless',
  who: 'anyone',
  summary: 'None',
  answers: { 200: z.unknown() },
  handle: async ({ body }) => ok(body),
})

const json = { 'content-type': 'application/json' }

async function problemOf(
  t: ExecutionContext,
  response: Promise<Received>,
  status: number,
  code: string,
  about: string,
) {
  const answer = await response
  t.is(answer.status, status, about)
  t.is(answer.json.code, code, about)
  t.is(answer.headers['content-type'], 'application/problem+json', about)
  return answer.json
}

test('a body is JSON in UTF-8', async t => {
  const { request } = await aServer(t, [echo])
  t.deepEqual((await request('/echo', { body: { name: 'Größe 😀', amount: 2 } })).json, { name: 'Größe 😀', amount: 2 })
  for (const type of [
    'application/json; charset=utf-8',
    'Application/JSON;charset="UTF-8"',
    'application/json ;charset=utf-8',
  ]) {
    t.is((await request('/echo', { body: '{}', headers: { 'content-type': type } })).status, 200, type)
  }
})

test('another type, character set or encoding of a body is 415', async t => {
  const { request } = await aServer(t, [echo])
  const types = [
    'text/plain',
    'application/x-www-form-urlencoded',
    'application/jsonp',
    'application/json; charset=latin1',
    'application/json, text/plain',
    'multipart/form-data; boundary=x',
  ]
  for (const type of types)
    await problemOf(
      t,
      request('/echo', { body: '{}', headers: { 'content-type': type } }),
      415,
      'unsupported_media_type',
      type,
    )
  await problemOf(t, request('/echo', { body: '{}' }), 415, 'unsupported_media_type', 'no type')
  await problemOf(
    t,
    request('/echo', { body: '{}', headers: { ...json, 'content-encoding': 'gzip' } }),
    415,
    'unsupported_media_type',
    'gzip',
  )
})

test('what is not JSON is 400, and its text is not repeated', async t => {
  const { request } = await aServer(t, [echo])
  for (const body of [
    '{',
    'nope',
    '{"a":}',
    ' ',
    '[1,]',
    '{"name":"hunter2"',
    "{'a':1}",
    '\ufeff{}',
    'NaN',
    '{"a":1}{}',
  ]) {
    const { detail } = await problemOf(t, request('/echo', { body, headers: json }), 400, 'not_json', body)
    t.notRegex(String(detail), /hunter2|nope/)
  }
  for (const bytes of [
    [0xff, 0xfe],
    [0x22, 0xed, 0xa0, 0x80, 0x22],
    [0x22, 0xc3, 0x22],
  ]) {
    await problemOf(
      t,
      request('/echo', { body: Uint8Array.from(bytes), headers: json }),
      400,
      'not_json',
      String(bytes),
    )
  }
})

test('traps anywhere in a body are 422 and tell where', async t => {
  const { request } = await aServer(t, [echo])
  const deep = (levels: number) => `{"rest":${'['.repeat(levels - 1)}${']'.repeat(levels - 1)}}`
  const table: [body: string, path: string][] = [
    ['{"name":"a\\u0000b"}', 'name'],
    ['{"name":"\\ud800"}', 'name'],
    ['{"rest":[{"x":"\\udc00 late"}]}', 'rest.0.x'],
    ['{"rest":{"a\\u0000":1}}', 'rest'],
    ['{"\\ud83d":1}', 'body'],
    ['{"__proto__":{"admin":true}}', 'body'],
    ['{"rest":{"\\u005f_proto__":1}}', 'rest'],
    ['{"rest":1e400}', 'rest'],
    [deep(21), `rest${'.0'.repeat(19)}`],
    ['"\\u0000"', 'body'],
  ]
  for (const [body, path] of table) {
    const { errors } = await problemOf(t, request('/echo', { body, headers: json }), 422, 'invalid', body)
    t.is((errors as { path: string }[])[0]?.path, path, body)
  }
  t.is((await request('/echo', { body: deep(20), headers: json })).status, 200)
  t.is((await request('/echo', { body: '{"name":"\\ud83d\\ude00"}', headers: json })).json.name, '😀')
})

test('a hundred thousand brackets are 422, not a stack overflow', async t => {
  const { request } = await aServer(t, [echo])
  await problemOf(
    t,
    request('/echo', { body: '['.repeat(100_000) + ']'.repeat(100_000), headers: json }),
    422,
    'invalid',
    'arrays',
  )
  await problemOf(
    t,
    request('/echo', { body: `${'{"a":'.repeat(40_000)}1${'}'.repeat(40_000)}`, headers: json }),
    422,
    'invalid',
    'objects',
  )
  await problemOf(t, request('/echo', { body: '['.repeat(200_000), headers: json }), 400, 'not_json', 'never closed')
})

test('wrong values are 422 with every field that is wrong', async t => {
  const { request } = await aServer(t, [echo, strict])
  const { errors } = await problemOf(
    t,
    request('/echo', { body: { name: 'x'.repeat(21), amount: -1, lines: [{ sku: 'a' }, { sku: 7 }, {}] } }),
    422,
    'invalid',
    'many',
  )
  t.deepEqual(
    (errors as { path: string }[]).map(error => error.path),
    ['name', 'amount', 'lines.1.sku', 'lines.2.sku'],
  )
  const missing = await problemOf(t, request('/strict', { body: {} }), 422, 'invalid', 'missing')
  t.deepEqual(missing.errors, [{ path: 'name', message: 'Required' }])
  for (const body of ['null', '[]', '"text"', '7', 'true']) {
    const wrong = await problemOf(t, request('/strict', { body, headers: json }), 422, 'invalid', body)
    t.is((wrong.errors as { path: string }[])[0]?.path, 'body')
  }
  for (const amount of [1.5, 2 ** 53, -1, 1e308, '1', null, [1]])
    await problemOf(t, request('/echo', { body: { amount } }), 422, 'invalid', String(amount))
})

test('an answer lists at most fifty wrong fields', async t => {
  const { request } = await aServer(t, [echo])
  const { errors } = await problemOf(
    t,
    request('/echo', { body: { lines: Array.from({ length: 500 }, () => ({})) } }),
    422,
    'invalid',
    'many',
  )
  t.is((errors as unknown[]).length, 50)
})

test('no body is as good as {} where nothing is required, and 400 where something is', async t => {
  const { request } = await aServer(t, [echo, strict, bodiless])
  t.is((await request('/echo', { method: 'POST' })).status, 200)
  await problemOf(t, request('/strict', { method: 'POST' }), 400, 'not_json', 'no body')
  await problemOf(
    t,
    request('/strict', { method: 'POST', headers: { ...json, 'transfer-encoding': 'chunked' } }),
    400,
    'not_json',
    'an empty chunked body',
  )
})

test('a route without a body schema ignores what is sent', async t => {
  const { request } = await aServer(t, [bodiless])
  t.deepEqual((await request('/bodiless', { method: 'POST' })).json, {})
  const { status, json: body } = await request('/bodiless', {
    body: 'x'.repeat(1_000_000),
    headers: { 'content-type': 'text/plain' },
  })
  t.deepEqual([status, body], [200, {}])
})

test('a body above 256 KiB is 413, whether it says its length or not, and the client gets to read that', async t => {
  const { request } = await aServer(t, [echo])
  const large = `{"rest":"${'x'.repeat(256 * 1024)}"}`
  await problemOf(t, request('/echo', { body: large, headers: json }), 413, 'too_large', 'with a length')
  await problemOf(t, request('/echo', { body: 'x'.repeat(5_000_000), headers: json }), 413, 'too_large', '5 MB')
  const fits = `{"rest":"${'x'.repeat(256 * 1024 - 11)}"}`
  t.is((await request('/echo', { body: fits, headers: json })).status, 200)

  const { port } = await aServer(t, [echo])
  const client = connect(port)
  let answer = ''
  client.on('data', (chunk: Buffer) => {
    answer += chunk.toString()
  })
  client.write(
    'POST /echo HTTP/1.1\r\nhost: x\r\nconnection: close\r\ncontent-type: application/json\r\ntransfer-encoding: chunked\r\n\r\n',
  )
  for (let i = 0; i < 9; i++) client.write(`8000\r\n${'x'.repeat(0x8000)}\r\n`)
  client.write('0\r\n\r\n')
  await once(client, 'close')
  t.regex(answer, /^HTTP\/1\.1 413 /)
})

test('a client that leaves in the middle of its body is no error of ours', async t => {
  const seen = Promise.withResolvers<void>()
  const { port, log, db } = await aServer(t, [echo], { observe: () => seen.resolve() })
  const client = connect(port)
  client.write('POST /echo HTTP/1.1\r\nhost: x\r\ncontent-type: application/json\r\ncontent-length: 100\r\n\r\n{"name"')
  await once(client, 'connect')
  client.end()
  await seen.promise
  t.deepEqual(
    log.filter(line => line.level === 50),
    [],
  )
  t.is(db.commits, 0)
})
