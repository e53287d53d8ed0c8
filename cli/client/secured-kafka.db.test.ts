import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { kafkaClient, kafkaSettings } from '@docket/kafka/client.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import { startSecuredKafka, type SecuredKafka } from '@docket/test/support/secured-kafka.ts'
import { mgmt } from '@docket/test/support/mgmt-process.ts'
import { slow } from '@docket/test/support/slow.ts'

// Only a real Kafka shows that a login works: here with TLS and SCRAM on one listener, and a password without TLS on
// another.

let kafka: SecuredKafka
let home: string
test.before(async t => {
  t.timeout(180_000)
  home = mkdtempSync(join(tmpdir(), 'mgmt-'))
  kafka = await startSecuredKafka()
  await produceOnce(kafkaClient(kafkaSettings(kafka.byScram, 'test')), [
    { topic: 'order-events', key: 'A', value: '{"orderId":"A"}', headers: { ce_type: 'order.completed' } },
  ])
})
test.after.always(async () => {
  await kafka?.stop()
  rmSync(home, { recursive: true })
})

const forMgmt = (env: Record<string, string>) =>
  Object.fromEntries(Object.entries(env).map(([name, value]) => [`MGMT_${name}`, value]))
const run = (args: string[], env: Record<string, string> = {}, stdin = '') =>
  mgmt({ env: { XDG_CONFIG_HOME: home, ...env } }, args, stdin)
const tail = ['events', 'tail', '--from-beginning', '--no-follow', '-o', 'jsonl']

for (const listener of ['byScram', 'byPassword'] as const) {
  test.serial(`mgmt reads a secured Kafka that the environment names: ${listener}`, async t => {
    const { status, stdout, stderr } = await run(tail, forMgmt(kafka[listener]))
    t.is(status, 0, stderr)
    t.is((JSON.parse(stdout) as { type: string }).type, 'order.completed')
    const topics = await run(['events', 'topics', '-o', 'json'], forMgmt(kafka[listener]))
    t.true(
      (JSON.parse(topics.stdout) as { topic: string }[]).some(({ topic }) => topic === 'order-events'),
      topics.stderr,
    )
  })

  test.serial(`a wrong password is told from an unavailable Kafka: ${listener}`, async t => {
    const wrong = { ...forMgmt(kafka[listener]), MGMT_KAFKA_SASL_PASSWORD: 'not-this-one' }
    for (const command of [['events', 'topics'], tail]) {
      const { status, stderr } = await run(command, wrong)
      t.is(status, 4, stderr)
      t.regex(stderr, /refused the login of mgmt: .*SASL.*/i)
      t.notRegex(stderr, /not-this-one/)
    }
    const whole = await run(['status'], wrong)
    t.regex(whole.stdout, /SASL/i)
    t.is(whole.status, 5)
  })
}

test.serial('a certificate of an unknown issuer is rejected', async t => {
  const { KAFKA_SSL_CA_FILE: _, ...env } = kafka.byScram
  const { status, stderr } = await run(['events', 'topics'], forMgmt(env))
  t.is(status, 5)
  t.regex(stderr, /certificate/)
})

test.serial('a context keeps how its Kafka is reached, and never shows the password', async t => {
  t.timeout(120_000)
  slow(t, 8, 'it runs sixteen commands of mgmt, a process each')
  const { KAFKA_BROKERS = '', KAFKA_SSL_CA_FILE = '', KAFKA_SASL_PASSWORD = '' } = kafka.byScram
  const file = join(home, 'kafka-password')
  writeFileSync(file, `${KAFKA_SASL_PASSWORD}\n`)
  const tls = ['--kafka-brokers', KAFKA_BROKERS, '--kafka-ssl', '--kafka-ssl-ca-file', KAFKA_SSL_CA_FILE]
  const login = ['--kafka-sasl-mechanism', 'scram-sha-512', '--kafka-sasl-username', 'mgmt']
  const runs = [
    await run(['context', 'set', 'safe', ...tls, ...login, '--kafka-sasl-password-file', file, '-o', 'json']),
  ]
  t.is(runs[0]?.status, 0, runs[0]?.stderr)
  t.is((await run([...tail, '--context', 'safe'])).status, 0)
  for (const format of ['table', 'json', 'jsonl'])
    for (const args of [['show', 'safe'], ['list']]) runs.push(await run(['context', ...args, '-o', format]))
  runs.push(
    await run(['context', 'set', 'safe', '--order-url', 'http://127.0.0.1:1']),
    await run(['status', '--context', 'safe', '--verbose']),
    await run(['doctor', '--context', 'safe', '-o', 'json']),
  )
  for (const { stdout, stderr } of runs) t.false((stdout + stderr).includes(KAFKA_SASL_PASSWORD))
  t.regex(runs[1]?.stdout ?? '', /Kafka security +TLS, by .*ca\.pem; scram-sha-512 as mgmt\n/)
  t.true(readFileSync(join(home, 'mgmt', 'contexts.json'), 'utf8').includes(KAFKA_SASL_PASSWORD))
  t.is((await run([...tail, '--context', 'safe'])).status, 0, 'it is still known after another change')

  const elsewhere = await run([...tail, '--context', 'safe', '--kafka-brokers', kafka.byPassword.KAFKA_BROKERS ?? ''])
  t.is(elsewhere.status, 5, 'the login is for the brokers of the context, and for no other')
  const other = await run(['context', 'set', 'safe', '--kafka-sasl-username', 'somebody'])
  t.regex(other.stderr, /no password is kept for Kafka/)
  t.regex((await run(['events', 'topics', '--context', 'safe'])).stderr, /MGMT_KAFKA_SASL_PASSWORD: is missing/)
  await run(['context', 'set', 'safe', '--no-kafka-sasl'])
  t.notRegex(readFileSync(join(home, 'mgmt', 'contexts.json'), 'utf8'), /somebody|sasl/)
})

test.serial('the error of wrong settings names them, and nothing is kept', async t => {
  t.timeout(120_000)
  const wrong: [string[], RegExp][] = [
    [['--kafka-ssl-ca-file', '/nowhere'], /--kafka-ssl-ca-file: has no effect without --kafka-ssl/],
    [['--kafka-ssl', '--kafka-ssl-ca-file', '/nowhere'], /--kafka-ssl-ca-file: \/nowhere cannot be read/],
    [['--kafka-sasl-username', 'x'], /--kafka-sasl-mechanism: is missing/],
    [['--kafka-sasl-mechanism', 'plain'], /--kafka-sasl-username: is missing/],
    [['--kafka-sasl-mechanism', 'magic'], /plain, scram-sha-256, scram-sha-512/],
  ]
  for (const [args, message] of wrong) {
    const { status, stderr } = await run(['context', 'set', 'broken', ...args])
    t.is(status, 2)
    t.regex(stderr, message)
  }
  t.is((await run(['context', 'show', 'broken'])).status, 2)
  const { status, stderr } = await run(['events', 'topics'], { MGMT_KAFKA_SSL: 'yes' })
  t.is(status, 2)
  t.regex(stderr, /MGMT_KAFKA_SSL: yes is neither true nor false/)
})
