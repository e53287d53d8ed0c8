import { execFile } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { promisify } from 'node:util'
import test, { type ExecutionContext } from 'ava'
import pg from 'pg'
import { certificatesOf, kafkaEnvironment } from '@docket/addresses/environment.ts'
import { mgmtPrincipal } from '@docket/kafka/access.ts'
import { grantAccess } from '@docket/kafka/access-admin.ts'
import { withAdmin } from '@docket/kafka/admin-session.ts'
import { kafkaAdmin, secrets } from '@docket/addresses/secrets.ts'
import { kafkaClient, kafkaSettings } from '@docket/kafka/client.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import { onOwnServers } from '@docket/local/own-servers.ts'
import { jsonOf } from '@docket/test/support/scenarios/stuck.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

const run = promisify(execFile)

const withLogin = (stack: Stack): Stack => {
  const login = kafkaEnvironment(mgmtPrincipal, stack.at, secrets(stack.at.dir))
  const env = Object.fromEntries(Object.entries(login).map(([name, value]) => [`MGMT_${name}`, value]))
  return { ...stack, mgmt: (args, more) => stack.mgmt(args, { ...more, env: { ...env, ...more?.env } }) }
}

interface Letter {
  id: string
  key: string | null
  state: string
}

test('orders are fulfilled, a dead letter is redriven and everything reconciles, with TLS, logins and rights', async t => {
  t.timeout(400_000)
  process.env.STACK_SECURITY = 'full'
  await onOwnServers(
    async ({ start }) => {
      await start()
      const stack = withLogin(await startStack())
      try {
        await works(stack, t)
      } finally {
        await stack.stop()
      }
    },
    { print: () => undefined },
  )
})

async function works(stack: Stack, t: ExecutionContext): Promise<void> {
  const mgmt = async (...args: string[]) => {
    const result = await stack.mgmt(args)
    t.is(result.status, 0, `mgmt ${args.join(' ')}: ${result.stderr}`)
    return result.stdout
  }
  await stack.mgmt(['login', 'operator', '--password-stdin'], { stdin: stack.operator.password })
  const mug = await stack.item('mug', 10)
  const customer = await stack.customer()
  t.is((await stack.end(await stack.order(customer, { [mug]: 1 }))).status, 'completed')
  t.is((await stack.end(await stack.order(customer, { [mug]: 1 }, 'tok_declined'))).status, 'cancelled')

  // every connection of a service to its database must be encrypted
  const admin = new pg.Client({ ...stack.at.postgres, ...secrets(stack.at.dir).postgresAdmin, database: 'postgres' })
  await admin.connect()
  const { rows } = await admin.query<{ usename: string; ssl: boolean }>(
    `SELECT DISTINCT usename, ssl FROM pg_stat_ssl JOIN pg_stat_activity USING (pid) WHERE usename <> 'postgres'`,
  )
  await admin.end()
  t.deepEqual(rows.map(({ usename }) => usename).sort(), ['inventory', 'orders', 'payments', 'shipping'])
  t.true(rows.every(({ ssl }) => ssl))

  // a broken record, from the only login that may write there
  const order = randomUUID()
  const login = kafkaEnvironment('payment-service', stack.at, secrets(stack.at.dir))
  await produceOnce(kafkaClient(kafkaSettings(login, 'test')), [
    { topic: 'payment-events', key: order, value: '{broken', headers: { ce_type: 'payment.failed' } },
  ])
  const letters = () => jsonOf<Letter[]>(stack, ['dlq', 'list', '--all'])
  const [letter] = await until('it is dead-lettered', async () => {
    const found = await letters()
    return found.length > 0 && found
  })
  t.like(letter, { key: order, state: 'waiting' })
  await mgmt('dlq', 'redrive', letter?.id ?? '', '--force', '--yes')
  const [first, second] = await until('it comes back', async () => {
    const found = await letters()
    return found.length > 1 && found
  })
  t.deepEqual([first?.state, second?.state], ['redriven', 'waiting'])
  await mgmt('dlq', 'dismiss', '--all', '--yes')
  t.deepEqual(
    (await letters()).map(({ state }) => state),
    ['redriven', 'dismissed'],
  )

  t.regex(await mgmt('events', 'tail', '--from-beginning', '--no-follow', '-o', 'jsonl'), /order\.completed/)
  t.regex(await mgmt('events', 'topics'), /inventory-events/)
  await tailGoesOnWithout('audit-log', stack, t)
  await mgmt('status')
  await mgmt('doctor')
  t.deepEqual(await stack.reconcile(), [])
  await mgmt('reconcile')
  await kcatReads(stack, t)
}

/** A topic that our login may see but not read is named, and does not end the tail of the others. */
async function tailGoesOnWithout(topic: string, stack: Stack, t: ExecutionContext): Promise<void> {
  const admin = kafkaClient(kafkaSettings(kafkaEnvironment(kafkaAdmin, stack.at, secrets(stack.at.dir)), 'test'))
  await grantAccess(admin, [
    { principal: mgmtPrincipal, resource: 'topic', name: topic, pattern: 'literal', operation: 'Describe' },
  ])
  await withAdmin(admin, one => one.createTopics({ topics: [{ topic }] }))
  await produceOnce(admin, [{ topic, key: 'A', value: '{}', headers: {} }])
  const flags = ['--from-beginning', '--no-follow', '-o', 'jsonl']
  const all = await stack.mgmt(['events', 'tail', '--all-topics', ...flags])
  t.is(all.status, 0, all.stderr)
  t.regex(all.stderr, /may not read it: audit-log/)
  t.regex(all.stdout, /order\.completed/)
  const named = await stack.mgmt(['events', 'tail', '--topic', topic, ...flags])
  t.is(named.status, 4)
  t.regex(named.stderr, /may not read the topic audit-log/)
}

/** As in docs/tools.md, where kcat is installed. */
async function kcatReads({ at }: Stack, t: ExecutionContext): Promise<void> {
  const version = await run('kcat', ['-V']).catch(() => undefined)
  if (!version) return t.log('kcat is not installed: not tried')
  // before 2.6.1 librdkafka sends a nonce in SCRAM that Kafka 4 refuses (librdkafka #4895)
  const [major = 0, minor = 0, patch = 0] = (/librdkafka ([\d.]+)/.exec(version.stdout)?.[1] ?? '')
    .split('.')
    .map(Number)
  const knowsScram = major * 10_000 + minor * 100 + patch >= 20_601
  const settings = {
    'security.protocol': 'SASL_SSL',
    'ssl.ca.location': certificatesOf(at.dir).authority,
    'sasl.mechanism': knowsScram ? 'SCRAM-SHA-512' : 'PLAIN',
    'sasl.username': mgmtPrincipal,
    'sasl.password': secrets(at.dir).kafka[mgmtPrincipal] ?? '',
  }
  const options = Object.entries(settings).flatMap(([name, value]) => ['-X', `${name}=${value}`])
  const kcat = (...args: string[]) => run('kcat', ['-b', at.kafka, ...options, ...args])
  t.regex((await kcat('-C', '-t', 'order-events', '-e', '-q', '-f', '%k %h\n')).stdout, /ce_type=order\.completed/)
  t.regex((await kcat('-L')).stdout, /inventory-events/)
}
