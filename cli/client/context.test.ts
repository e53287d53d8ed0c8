import { mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { mgmt } from '@docket/test/support/mgmt-process.ts'
import {
  changeContexts,
  configFolder,
  contextOf,
  expectUrl,
  readContexts,
  securityInWords,
  withoutPassword,
  type ContextFile,
} from './context.ts'

const file: ContextFile = {
  current: 'staging',
  contexts: {
    staging: { order: 'https://staging.example' },
    production: { order: 'https://orders.example', user: 'https://users.example' },
  },
}
const orderUrl = 'https://flag.example'
const MGMT_ORDER_URL = 'https://environment.example'

const precedence: [string, Parameters<typeof contextOf>, { name: string; order: string }][] = [
  ['nothing: the local stack', [{}, undefined], { name: 'local', order: 'http://127.0.0.1:8082' }],
  ['the current context', [{}, undefined, file], { name: 'staging', order: 'https://staging.example' }],
  [
    'MGMT_CONTEXT before the current one',
    [{ MGMT_CONTEXT: 'production' }, undefined, file],
    { name: 'production', order: 'https://orders.example' },
  ],
  [
    '--context before MGMT_CONTEXT',
    [{ MGMT_CONTEXT: 'production' }, 'staging', file],
    { name: 'staging', order: 'https://staging.example' },
  ],
  [
    'an address of the environment before the context',
    [{ MGMT_ORDER_URL }, 'staging', file],
    { name: 'staging', order: MGMT_ORDER_URL },
  ],
  [
    'an address by a flag before all',
    [{ MGMT_ORDER_URL }, 'staging', file, { orderUrl }],
    { name: 'staging', order: orderUrl },
  ],
  ['local by name, though another is current', [{}, 'local', file], { name: 'local', order: 'http://127.0.0.1:8082' }],
]
for (const [what, given, expected] of precedence)
  test(`the addresses of the services: ${what}`, t => t.like(contextOf(...given), expected))

test('what a context does not say is as on this machine', t =>
  t.is(contextOf({}, 'staging', file).user, 'http://127.0.0.1:8081'))

test('the login of a context is for its own Kafka; the environment goes before it', t => {
  const kafkaSecurity = { ssl: true, saslMechanism: 'scram-sha-512', saslUsername: 'mgmt', saslPassword: 'secret' }
  const secured: ContextFile = { contexts: { staging: { kafkaBrokers: 'broker.example:9092', kafkaSecurity } } }
  t.deepEqual(contextOf({}, 'staging', secured).kafkaSecurity, kafkaSecurity)
  t.deepEqual(contextOf({ MGMT_KAFKA_SASL_PASSWORD: 'newer' }, 'staging', secured).kafkaSecurity, {
    ...kafkaSecurity,
    saslPassword: 'newer',
  })
  t.deepEqual(contextOf({ MGMT_KAFKA_SSL: 'false' }, 'staging', secured).kafkaSecurity, {
    ...kafkaSecurity,
    ssl: false,
  })
  t.deepEqual(contextOf({}, 'staging', secured, { kafkaBrokers: 'elsewhere:9092' }).kafkaSecurity, {})
  t.deepEqual(
    contextOf({ MGMT_KAFKA_BROKERS: 'elsewhere:9092', MGMT_KAFKA_SSL: 'true' }, 'staging', secured).kafkaSecurity,
    { ssl: true },
  )
  t.deepEqual(contextOf({}, undefined, secured).kafkaSecurity, {})
  t.throws(() => contextOf({ MGMT_KAFKA_SSL: '1' }, undefined), {
    message: /MGMT_KAFKA_SSL: 1 is neither true nor false/,
  })
})

test('what is shown of a context has no password, and says that there is one', t => {
  t.deepEqual(withoutPassword({ name: 'a', kafkaSecurity: { saslUsername: 'mgmt', saslPassword: 'secret' } }), {
    name: 'a',
    kafkaSecurity: { saslUsername: 'mgmt', hasPassword: true },
  })
  t.deepEqual(withoutPassword({ name: 'a', kafkaSecurity: { ssl: true } }), {
    name: 'a',
    kafkaSecurity: { ssl: true, hasPassword: false },
  })
  t.deepEqual(withoutPassword({ name: 'a', kafkaSecurity: {} }), { name: 'a' })
  const inWords: [Parameters<typeof securityInWords>[0], string | undefined][] = [
    [{}, undefined],
    [{ ssl: true }, 'TLS'],
    [
      { ssl: true, sslCaFile: '/ca.pem', saslMechanism: 'plain', saslUsername: 'mgmt', saslPassword: 'secret' },
      'TLS, by /ca.pem; plain as mgmt',
    ],
    [{ saslMechanism: 'plain', saslUsername: 'mgmt' }, 'plain as mgmt, without a password'],
  ]
  for (const [security, words] of inWords) t.is(securityInWords(security), words)
})

test('contexts are kept where only their owner can read them, and a broken file is an error that says so', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'mgmt-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  t.deepEqual(readContexts(folder), { contexts: {} })
  await changeContexts(folder, () => file)
  t.deepEqual(readContexts(folder), file)
  t.is(statSync(join(folder, 'contexts.json')).mode & 0o777, 0o600)
  writeFileSync(join(folder, 'contexts.json'), '[')
  t.throws(() => readContexts(folder), { message: /cannot be read/ })
})

test('contexts that are set up at the same time are all kept', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'mgmt-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const names = Array.from({ length: 8 }, (_, number) => `shop-${number}`)
  await Promise.all(
    names.map(name => mgmt({ env: { XDG_CONFIG_HOME: folder } }, ['context', 'set', name, '--order-url', 'http://a'])),
  )
  t.deepEqual(Object.keys(readContexts(join(folder, 'mgmt')).contexts).sort(), names)
})

test('an account without a home keeps nothing, least of all in the folder where it happens to be', t => {
  const homeless = () => {
    throw new Error('uv_os_homedir returned ENOENT')
  }
  t.true(configFolder({}, homeless).startsWith('/dev/null/'))
  t.is(configFolder({ XDG_CONFIG_HOME: '/config' }, homeless), '/config/mgmt')
})

test('an address of a service is http or https', t => {
  for (const text of ['https://orders.example/', ' https://orders.example', 'https://orders.example/ \r'])
    t.is(expectUrl(text, '--order-url'), 'https://orders.example')
  for (const text of ['http://x/a b', 'orders.example', 'localhost:8082', 'ftp://x', 'http://x?y', ''])
    t.throws(() => expectUrl(text, '--order-url'), { message: /^--order-url: "/ })
})

test('an address is checked where it comes in, and the error says where that was', t => {
  const old: ContextFile = { contexts: { old: { order: 'orders.example/', kafkaBrokers: 'kafka' } } }
  t.is(contextOf({ MGMT_ORDER_URL: 'http://a.example//' }, undefined).order, 'http://a.example')
  t.is(contextOf({}, undefined, undefined, { kafkaBrokers: '[::1]:9092, b:1' }).kafkaBrokers, '[::1]:9092,b:1')
  t.throws(() => contextOf({ MGMT_ORDER_URL: 'a.example:80/' }, undefined), {
    message: 'MGMT_ORDER_URL: "a.example:80/" is not the address of a service: write it as http://a.example:80',
  })
  t.throws(() => contextOf({}, undefined, undefined, { userUrl: 'a' }), { message: /^--user-url: "a"/ })
  t.throws(() => contextOf({ MGMT_KAFKA_BROKERS: 'http://a:9092' }, undefined), {
    message: /^MGMT_KAFKA_BROKERS: "http/,
  })
  t.like(
    t.throws(() => contextOf({}, 'old', old)),
    { next: 'mend it with: mgmt context set old --order-url ADDRESS --context local' },
  )
})

test('without a home nothing is kept, and that is said', async t => {
  const nowhere = configFolder({ XDG_CONFIG_HOME: '/dev/null' })
  t.deepEqual(readContexts(nowhere), { contexts: {} })
  await t.throwsAsync(
    changeContexts(nowhere, () => file),
    { code: 'not_kept', message: /XDG_CONFIG_HOME|\/dev\/null\/mgmt/ },
  )
})
