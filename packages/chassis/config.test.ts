import test from 'ava'
import { callerLimitsOf, readConfig } from './config.ts'

const env = { DATABASE_URL: 'postgres://orders:secret@127.0.0.1:5432/orders' }
const read = (more: Record<string, string>) => readConfig('order-service', { ...env, ...more }, 8082, {})

test('a proxy is believed only when it is named: by its address, its network, or a word for many', t => {
  t.is(read({}).TRUST_PROXY, undefined)
  for (const proxy of ['10.0.0.7', '10.0.0.0/8', 'fd00::/8', 'uniquelocal', 'loopback, 192.168.1.1'])
    t.is(read({ TRUST_PROXY: proxy }).TRUST_PROXY, proxy)
  for (const proxy of ['true', '1', 'everybody', '10.0.0.0/x', '10.0.0.0/8/8'])
    t.throws(() => read({ TRUST_PROXY: proxy }), { message: /TRUST_PROXY: must list addresses/ })
})

test('what one caller may ask is as the documents say, or as the settings do', t => {
  const limitsOf = (more: Record<string, string>) => callerLimitsOf(read(more))
  t.deepEqual(limitsOf({}), { requests: { perSecond: 50, burst: 200 }, underWay: 50, heavy: 4, streams: 20 })
  t.like(limitsOf({ LIMIT_REQUESTS_PER_SECOND: '5', LIMIT_REQUESTS_BURST: '7', LIMIT_STREAMS: '3' }), {
    requests: { perSecond: 5, burst: 7 },
    streams: 3,
  })
})

test('the server keeps accepting connections for DRAIN_DELAY, which has a limit', t => {
  t.is(read({}).DRAIN_DELAY, 0)
  t.is(read({ DRAIN_DELAY: '5s' }).DRAIN_DELAY, 5_000)
  t.throws(() => read({ DRAIN_DELAY: '1m' }), { message: /DRAIN_DELAY: must be 10s or less/ })
})

test('orders are kept for ever unless RETENTION_ORDERS says for how long', t => {
  t.is(read({}).RETENTION_ORDERS, undefined)
  t.is(read({ RETENTION_ORDERS: '400d' }).RETENTION_ORDERS, 400 * 86_400_000)
  t.throws(() => read({ RETENTION_ORDERS: 'a year' }), { message: /RETENTION_ORDERS: "a year" is not a duration/ })
})

test('a service sends its events by its relay, unless it is told to leave them to Debezium', t => {
  t.is(read({}).OUTBOX, 'relay')
  t.is(read({ OUTBOX: 'debezium' }).OUTBOX, 'debezium')
  t.throws(() => read({ OUTBOX: 'none' }), { message: /OUTBOX/ })
})

test('the keys that verify tokens are at an address, or in a file of this machine', t => {
  t.is(read({}).JWKS_URL, 'http://127.0.0.1:8081/.well-known/jwks.json')
  for (const url of ['https://users.example/.well-known/jwks.json', 'file:///keys/jwks.json'])
    t.is(read({ JWKS_URL: url }).JWKS_URL, url)
  for (const url of ['/keys/jwks.json', 'file://keys/jwks.json', 'ftp://users.example/jwks.json'])
    t.throws(() => read({ JWKS_URL: url }), { message: /^ {2}JWKS_URL: must be a URL such as .*file:\/\/\//m }, url)
})

test('a database is reached without TLS only where nothing requires it', t => {
  t.is(read({}).DATABASE_URL, env.DATABASE_URL)
  const secured = `${env.DATABASE_URL}?sslmode=require`
  t.is(read({ DATABASE_TLS: 'required', DATABASE_URL: secured }).DATABASE_URL, secured)
  t.throws(() => read({ DATABASE_TLS: 'required' }), {
    message: /^ {2}DATABASE_URL: DATABASE_TLS=required, and it has no TLS: add \?sslmode=verify-full$/m,
  })
  t.throws(() => read({ DATABASE_TLS: 'yes' }), { message: /^ {2}DATABASE_TLS: /m })
  t.throws(() => read({ DATABASE_URL: 'mysql://a:b@c/users?ssl=true' }), {
    message: /^ {2}DATABASE_URL: ssl is not a parameter here: write sslmode=verify-full$/m,
  })
  t.throws(() => read({ DATABASE_CA_FILE: '/nowhere' }), {
    message: /^ {2}DATABASE_CA_FILE: has no effect without TLS/m,
  })
})
