import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { kafkaSettings } from './client.ts'
import { loginRefusal } from './security.ts'

const login = { KAFKA_SASL_USERNAME: 'orders', KAFKA_SASL_PASSWORD: 'secret' }

test('without security settings Kafka is reached in plain text', t => {
  t.deepEqual(kafkaSettings({}, 'x'), { brokers: ['127.0.0.1:19092'], clientId: 'x' })
  t.deepEqual(kafkaSettings({ KAFKA_BROKERS: '', KAFKA_SSL: '', KAFKA_SASL_MECHANISM: '' }, 'x'), {
    brokers: ['127.0.0.1:19092'],
    clientId: 'x',
  })
  t.deepEqual(kafkaSettings({ KAFKA_SSL: 'false' }, 'x'), { brokers: ['127.0.0.1:19092'], clientId: 'x' })
})

test('a secured Kafka is reached by TLS, with the certificates and the login that are given', t => {
  const folder = mkdtempSync(join(tmpdir(), 'kafka-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'ca.pem')
  writeFileSync(file, 'certificates')
  t.deepEqual(
    kafkaSettings(
      { KAFKA_BROKERS: 'a:1, b:2,', KAFKA_SSL: 'true', KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512', ...login },
      'x',
    ),
    {
      brokers: ['a:1', 'b:2'],
      clientId: 'x',
      ssl: true,
      sasl: { mechanism: 'scram-sha-512', username: 'orders', password: 'secret' },
    },
  )
  t.deepEqual(kafkaSettings({ KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: file }, 'x').ssl, { ca: 'certificates' })
})

const wrong: [env: Record<string, string>, message: RegExp][] = [
  [{ KAFKA_BROKERS: ',' }, /^KAFKA_BROKERS: "," names no broker/],
  [{ KAFKA_SSL: 'yes' }, /^KAFKA_SSL: yes is neither true nor false/],
  [{ KAFKA_SSL_CA_FILE: '/ca.pem' }, /^KAFKA_SSL_CA_FILE: has no effect without KAFKA_SSL/],
  [
    { KAFKA_SSL: 'true', KAFKA_SSL_CA_FILE: '/nowhere/ca.pem' },
    /^KAFKA_SSL_CA_FILE: \/nowhere\/ca\.pem cannot be read: ENOENT/,
  ],
  [
    { KAFKA_SASL_MECHANISM: 'magic', ...login },
    /^KAFKA_SASL_MECHANISM: magic is not one of plain, scram-sha-256, scram-sha-512/,
  ],
  [login, /^KAFKA_SASL_MECHANISM: is missing/],
  [{ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_PASSWORD: 'secret' }, /^KAFKA_SASL_USERNAME: is missing/],
  [{ KAFKA_SASL_MECHANISM: 'plain', KAFKA_SASL_USERNAME: 'orders' }, /^KAFKA_SASL_PASSWORD: is missing/],
]

for (const [env, message] of wrong) {
  test(`what is wrong with the settings of Kafka names itself: ${message.source}`, t => {
    const { message: thrown } = t.throws(() => kafkaSettings(env, 'x'))!
    t.regex(thrown, message)
    t.notRegex(thrown, /secret/)
  })
}

test('a refused login is told from an unavailable Kafka, however deep the cause lies', t => {
  const refused = Object.assign(new Error('Invalid username or password'), { name: 'KafkaJSSASLAuthenticationError' })
  t.is(
    loginRefusal(new Error('unavailable', { cause: new Error('retries', { cause: refused }) })),
    'Invalid username or password',
  )
  t.is(loginRefusal(new Error('unavailable')), undefined)
})
