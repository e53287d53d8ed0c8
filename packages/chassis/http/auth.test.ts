import { createPublicKey, generateKeyPairSync, type KeyObject } from 'node:crypto'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import test, { type ExecutionContext } from 'ava'
import { accessClaims, accessTokenSeconds, signed } from '@docket/foundation/access-token.ts'
import { authenticator, remoteKeys } from './auth.ts'
import { revocations } from './revocations.ts'
import { customerId, inSeconds, keys, operatorId, operatorToken, token } from '@docket/test/support/http-server.ts'
import { NotLoggedIn, Unavailable } from './errors.ts'

const known = async (kid: string) => (kid === 'test-1' ? keys.publicKey : undefined)
const stranger = generateKeyPairSync('ec', { namedCurve: 'P-256' })
const publicPem = keys.publicKey.export({ type: 'spki', format: 'pem' }).toString()

const base64url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')

function withHeader(header: unknown, signature?: string): string {
  const [, payload, signed] = token().split('.')
  return [base64url(header), payload, signature ?? signed].join('.')
}

test('a token of ours says who is asking', async t => {
  const authenticate = authenticator(known)
  t.like(await authenticate(token()), {
    id: customerId,
    username: 'carla',
    role: 'customer',
    sessionId: '018f2c00-0000-7000-8000-000000000051',
    rightsVersion: 0,
  })
  t.like(await authenticate(token({ rv: 7 })), { rightsVersion: 7 })
  t.like(await authenticate(operatorToken()), { id: operatorId, role: 'operator' })
  t.like(await authenticate(token({ nbf: inSeconds(-10) })), { id: customerId })
})

const forged: Record<string, () => string> = {
  empty: () => '',
  'not a token': () => 'a.b',
  'four parts': () => `${token()}.x`,
  'alg none, no signature': () => withHeader({ alg: 'none', kid: 'test-1' }, ''),
  'alg none, a signature': () => withHeader({ alg: 'none', kid: 'test-1' }),
  'HS256 with our public key as the secret': () =>
    token({}, { key: publicPem, options: { algorithm: 'HS256' }, header: { alg: 'HS256' } }),
  'HS512 with our public key as the secret': () =>
    token({}, { key: publicPem, options: { algorithm: 'HS512' }, header: { alg: 'HS512' } }),
  'ES384 by its header': () => withHeader({ alg: 'ES384', kid: 'test-1' }),
  'signed by a stranger': () => token({}, { key: stranger.privateKey }),
  'the key inside the header': () =>
    token({}, { key: stranger.privateKey, header: { jwk: stranger.publicKey.export({ format: 'jwk' }) } }),
  'a key from a URL': () =>
    token(
      {},
      { key: stranger.privateKey, header: { jku: 'http://evil.example/jwks.json', x5u: 'http://evil.example' } },
    ),
  'an unknown kid': () => token({}, { header: { kid: 'other' } }),
  'no kid': () => withHeader({ alg: 'ES256' }),
  'a kid that is a number': () => withHeader({ alg: 'ES256', kid: 1 }),
  'a kid that is an object': () => withHeader({ alg: 'ES256', kid: { $ne: 1 } }),
  'a kid that is a path': () => withHeader({ alg: 'ES256', kid: '../../dev/null' }),
  'a kid with a space': () => withHeader({ alg: 'ES256', kid: 'a b' }),
  'a kid without end': () => withHeader({ alg: 'ES256', kid: 'x'.repeat(1_000) }),
  'another type': () => token({}, { header: { typ: 'JWE' } }),
  'a type that is a list': () => token({}, { header: { typ: ['JWT'] as never } }),
  'what must be understood': () => token({}, { header: { crit: ['b64'] } }),
  'a header that is null': () => withHeader(null),
  'a header that is no JSON': () => `e30x.${token().split('.').slice(1).join('.')}`,
  'another issuer': () => token({ iss: 'docket/other-service' }),
  'no issuer': () => token({ iss: undefined }),
  'another audience': () => token({ aud: 'other' }),
  'no audience': () => token({ aud: undefined }),
  'no expiry': () => token({ exp: undefined }),
  'an expiry that is text': () => {
    // jsonwebtoken would not sign it
    const [header, payload = '', signature] = token().split('.')
    return [
      header,
      base64url({ ...(JSON.parse(Buffer.from(payload, 'base64url').toString()) as object), exp: '9999999999' }),
      signature,
    ].join('.')
  },
  expired: () => token({ exp: inSeconds(-1) }),
  'not valid yet': () => token({ nbf: inSeconds(60) }),
  'no subject': () => token({ sub: undefined }),
  'a subject that is no id': () => token({ sub: 'carla' }),
  'a role that does not exist': () => token({ role: 'admin' }),
  'a list of roles': () => token({ role: ['operator'] }),
  'no role': () => token({ role: undefined }),
  'no session': () => token({ sid: undefined }),
  'a version of the rights that is text': () => token({ rv: '9' }),
  'a version of the rights below all': () => token({ rv: -1 }),
  'half a version of the rights': () => token({ rv: 1.5 }),
  'no time of its signing': () => token({}, { options: { noTimestamp: true } }),
  'no name': () => token({ name: undefined }),
  'a name with NUL': () => token({ name: 'a\0b' }),
  oversize: () => token({ more: 'x'.repeat(5_000) }),
  'another payload under our signature': () => {
    const [header, , signature] = token().split('.')
    return [header, operatorToken().split('.')[1], signature].join('.')
  },
  'a changed signature': () => {
    const [header, payload, signature = ''] = token().split('.')
    return [header, payload, (signature.startsWith('A') ? 'B' : 'A') + signature.slice(1)].join('.')
  },
}

for (const [what, forge] of Object.entries(forged)) {
  test(`a forged token is refused: ${what}`, async t => {
    const error = await t.throwsAsync(authenticator(known)(forge()), { instanceOf: NotLoggedIn })
    t.is(error?.status, 401)
  })
}

test('that a token has expired is told, as a client can do something about it', async t => {
  await t.throwsAsync(authenticator(known)(token({ exp: inSeconds(-1) })), { message: 'The token has expired.' })
})

test('a token that was good before is refused once its session or its rights are revoked, also from the cache', async t => {
  const memory = revocations()
  const authenticate = authenticator(known, memory)
  const [first, second] = [token({ rv: 1 }), token({ rv: 2 })]
  await Promise.all([authenticate(first), authenticate(second)])
  memory.apply('user.role_changed', { userId: customerId, rightsVersion: 2 })
  const ended = { instanceOf: NotLoggedIn, message: 'The session has ended; log in again.' }
  await t.throwsAsync(authenticate(first), ended)
  t.like(await authenticate(second), { rightsVersion: 2 })
  memory.apply('session.revoked', { userId: customerId, sessionId: '018f2c00-0000-7000-8000-000000000051' })
  await t.throwsAsync(authenticate(second), ended)
  await t.throwsAsync(authenticate(token({ rv: 3 })), ended, 'also one that was not seen before')
})

test('a token that was signed to live longer than revocations are remembered ends with them', async t => {
  const clock = { ms: Date.now() }
  const authenticate = authenticator(known, { now: () => clock.ms })
  const long = token({ exp: inSeconds(86_400), iat: inSeconds(0) })
  const { expiresAtMs } = await authenticate(long)
  t.true(expiresAtMs <= clock.ms + accessTokenSeconds * 1_000)
  clock.ms = expiresAtMs
  await t.throwsAsync(authenticate(long), { message: 'The token has expired.' })
  await t.throwsAsync(authenticator(known, { now: () => clock.ms })(long), { message: 'The token has expired.' })
})

test('a token that is dated ahead is good until its end', async t => {
  const clock = { ms: 1_000_000 }
  const authenticate = authenticator(async () => keys.publicKey, { now: () => clock.ms })
  const holder = { userId: customerId, username: 'dev', role: 'operator', sessionId: operatorId, rightsVersion: 0 }
  const long = signed({ kid: 'a', privateKey: keys.privateKey }, accessClaims(holder, 1_900))
  for (clock.ms of [1_000_000, 1_899_999])
    t.like(await authenticate(long), { id: customerId, username: 'dev', role: 'operator', expiresAtMs: 1_900_000 })
  clock.ms = 1_900_000
  await t.throwsAsync(authenticate(long), { message: 'The token has expired.' })
})

test('a token that was good before is refused once it has expired', async t => {
  const clock = { ms: 1_000_000 }
  const authenticate = authenticator(known, { now: () => clock.ms })
  const short = token({ exp: 1_900 })
  await authenticate(short)
  clock.ms = 1_899_999
  await authenticate(short)
  clock.ms = 1_900_000
  await t.throwsAsync(authenticate(short), { message: 'The token has expired.' })
})

test('a revoked key invalidates its tokens', async t => {
  let key: KeyObject | undefined = keys.publicKey
  const authenticate = authenticator(async () => key)
  const mine = token()
  await authenticate(mine)
  key = createPublicKey(publicPem) // the same key, read anew
  await authenticate(mine)
  key = undefined
  await t.throwsAsync(authenticate(mine), { instanceOf: NotLoggedIn })
})

test('more tokens than are remembered are still good', async t => {
  const authenticate = authenticator(known)
  const mine = token()
  for (let i = 0; i < 2_100; i++) await authenticate(i % 100 === 0 ? mine : token({ jti: i }))
  t.like(await authenticate(mine), { id: customerId })
})

interface Published {
  url: string
  answer: { status: number; body: unknown }
  requests: number
}

async function aJwks(t: ExecutionContext, body: unknown): Promise<Published> {
  const published: Published = { url: '', answer: { status: 200, body }, requests: 0 }
  const server = createServer((_req, res) => {
    published.requests++
    const { status, body: text } = published.answer
    res
      .writeHead(status, { 'content-type': 'application/json', connection: 'close' })
      .end(typeof text === 'string' ? text : JSON.stringify(text))
  })
  await new Promise<void>(resolve => {
    server.listen(0, resolve)
  })
  t.teardown(() => {
    server.close()
  })
  published.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`
  return published
}

const jwk = (kid: string, pair = keys, more: object = {}) => ({
  ...pair.publicKey.export({ format: 'jwk' }),
  kid,
  alg: 'ES256',
  use: 'sig',
  ...more,
})

test('published keys are fetched once for all who ask', async t => {
  const jwks = await aJwks(t, { keys: [jwk('a')] })
  const source = remoteKeys(jwks.url)
  t.is(jwks.requests, 0)
  const found = await Promise.all([source('a'), source('a'), source('a')])
  for (const key of found) t.true(key?.equals(keys.publicKey))
  t.is(jwks.requests, 1)
})

test('a key that is not known is looked for again, at most every five seconds', async t => {
  const clock = { ms: 0 }
  const jwks = await aJwks(t, { keys: [jwk('a')] })
  const source = remoteKeys(jwks.url, { now: () => clock.ms })
  t.truthy(await source('a'))
  jwks.answer.body = { keys: [jwk('a'), jwk('b')] }
  t.is(await source('b'), undefined)
  clock.ms = 4_999
  t.is(await source('b'), undefined)
  t.is(jwks.requests, 1)
  clock.ms = 5_000
  t.truthy(await source('b'))
  t.is(jwks.requests, 2)
  for (let i = 0; i < 50; i++) await source(`guess-${i}`)
  t.is(jwks.requests, 2)
})

test('until the keys are first fetched every token must wait, and they are fetched each second', async t => {
  const clock = { ms: 0 }
  const jwks = await aJwks(t, '')
  const source = remoteKeys(jwks.url, { now: () => clock.ms })
  const broken: [number, unknown][] = [
    [503, ''],
    [200, 'nonsense'],
    [200, {}],
    [200, { keys: 'none' }],
    [200, { keys: [] }],
    [200, 'x'.repeat(70_000)],
    [301, ''],
    [200, { keys: [null, 7, jwk('a', keys, { kty: 'RSA' })] }],
  ]
  for (const [status, body] of broken) {
    jwks.answer = { status, body }
    clock.ms += 1_000
    const error = await t.throwsAsync(source('a'), { instanceOf: Unavailable })
    t.true(
      error?.cause instanceof Error &&
        error.cause.cause instanceof Error &&
        !/abort|timeout/i.test(error.cause.cause.message),
    )
    t.is(error?.headers?.['retry-after'], '1')
    const { requests } = jwks
    await t.throwsAsync(source('a'), { instanceOf: Unavailable })
    t.is(jwks.requests, requests)
  }
  jwks.answer = { status: 200, body: { keys: [jwk('a')] } }
  clock.ms += 1_000
  t.truthy(await source('a'))
})

test('while the published keys are unavailable known keys stay valid, and an unknown one must wait', async t => {
  const clock = { ms: 0 }
  const jwks = await aJwks(t, { keys: [jwk('a')] })
  const source = remoteKeys(jwks.url, { now: () => clock.ms })
  t.truthy(await source('a'))
  jwks.answer = { status: 500, body: '' }
  clock.ms = 10_000
  await t.throwsAsync(source('new'), { instanceOf: Unavailable })
  t.truthy(await source('a'))
})

test('a key that is no longer published is dropped after a while, and no request waits for the lookup', async t => {
  const clock = { ms: 0 }
  const jwks = await aJwks(t, { keys: [jwk('a'), jwk('b')] })
  const source = remoteKeys(jwks.url, { now: () => clock.ms })
  t.truthy(await source('b'))
  jwks.answer.body = { keys: [jwk('a')] }
  clock.ms = 300_001
  t.truthy(await source('b'))
  while (await source('b')) await new Promise(setImmediate)
  t.is(jwks.requests, 2)
  t.truthy(await source('a'))
})

test('a server that accepts and says nothing is given up on in time', async t => {
  const server = createServer(() => undefined)
  await new Promise<void>(resolve => {
    server.listen(0, resolve)
  })
  t.teardown(() => {
    server.closeAllConnections()
    server.close()
  })
  const source = remoteKeys(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { timeoutMs: 30 })
  await t.throwsAsync(source('a'), { instanceOf: Unavailable })
})

test('of the published keys only ES256 signing keys are used', async t => {
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const jwks = await aJwks(t, {
    keys: [
      jwk('a'),
      jwk('384', p384 as typeof keys),
      { kty: 'oct', kid: 'oct', k: 'c2VjcmV0' },
      jwk('enc', keys, { use: 'enc' }),
      jwk('es384', keys, { alg: 'ES384' }),
      jwk('x', keys, { kid: 7 }),
    ],
  })
  const source = remoteKeys(jwks.url)
  t.truthy(await source('a'))
  for (const kid of ['384', 'oct', 'enc', 'es384', '7']) t.is(await source(kid), undefined, kid)
})

test('a token of another algorithm is refused, also when its key is known', async t => {
  const p384 = generateKeyPairSync('ec', { namedCurve: 'P-384' })
  const other = token({}, { key: p384.privateKey, options: { algorithm: 'ES384' }, header: { alg: 'ES384' } })
  await t.throwsAsync(authenticator(async () => p384.publicKey)(other), { instanceOf: NotLoggedIn })
})
