import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { createTopics } from '@docket/kafka/admin.ts'
import { kafkaClient, kafkaSettings } from '@docket/kafka/client.ts'
import { root } from '@docket/addresses/addresses.ts'
import { java, kafkaJars } from '@docket/local/servers/programs.ts'
import { freePorts } from './free-ports.ts'
import { spawnLogged } from './logged.ts'
import { until } from './until.ts'

const run = promisify(execFile)

export interface SecuredKafka {
  /**
   * Settings of a valid login, as services have them (KAFKA_BROKERS, KAFKA_SSL, and so on): by SCRAM over TLS, or by a
   * plain password without TLS.
   */
  byScram: Record<string, string>
  byPassword: Record<string, string>
  stop(): Promise<void>
}

export async function startSecuredKafka(): Promise<SecuredKafka> {
  const folder = mkdtempSync(join(tmpdir(), 'secured-kafka-'))
  const [scram, plain, controller] = (await freePorts(3)) as [number, number, number]
  const password = randomBytes(12).toString('base64url')
  const program = await java()
  const options = [
    '-Xms128m',
    '-Xmx256m',
    '-XX:+UseSerialGC',
    `-Dlog4j2.configurationFile=${root}local/servers/kafka/log4j2.properties`,
    '-cp',
    `${await kafkaJars(() => undefined)}/*`,
  ]
  const ca = await certificate(program, folder, password)
  const settings = join(folder, 'server.properties')
  writeFileSync(settings, properties({ folder, password, scram, plain, controller }))
  await run(program, [
    ...options,
    'kafka.tools.StorageTool',
    'format',
    `--cluster-id=${randomBytes(16).toString('base64url')}`,
    '-c',
    settings,
    '--add-scram',
    `SCRAM-SHA-512=[name=mgmt,password=${password}]`,
  ])

  const child = spawnLogged(join(folder, 'log.txt'), program, [...options, 'kafka.Kafka', settings])
  const gone = once(child, 'exit')
  const login = { KAFKA_SASL_USERNAME: 'mgmt', KAFKA_SASL_PASSWORD: password }
  const secured = {
    byScram: {
      KAFKA_BROKERS: `127.0.0.1:${scram}`,
      KAFKA_SSL: 'true',
      KAFKA_SSL_CA_FILE: ca,
      KAFKA_SASL_MECHANISM: 'scram-sha-512',
      ...login,
    },
    byPassword: { KAFKA_BROKERS: `127.0.0.1:${plain}`, KAFKA_SASL_MECHANISM: 'plain', ...login },
    async stop() {
      child.kill('SIGKILL')
      await gone
      rmSync(folder, { recursive: true })
    },
  }
  try {
    await until(
      'the secured Kafka lets us in',
      () => createTopics(kafkaClient(kafkaSettings(secured.byPassword, 'secured-kafka'))),
      120_000,
    )
  } catch (error) {
    await secured.stop()
    throw error
  }
  return secured
}

async function certificate(java: string, folder: string, password: string): Promise<string> {
  const keytool = java.replace(/java$/, 'keytool')
  const keystore = [
    '-keystore',
    join(folder, 'keystore.p12'),
    '-storetype',
    'PKCS12',
    '-storepass',
    password,
    '-alias',
    'kafka',
  ]
  await run(keytool, [
    '-genkeypair',
    ...keystore,
    '-keyalg',
    'EC',
    '-dname',
    'CN=localhost',
    '-ext',
    'san=ip:127.0.0.1',
    '-validity',
    '2',
  ])
  const ca = join(folder, 'ca.pem')
  await run(keytool, ['-exportcert', '-rfc', ...keystore, '-file', ca])
  return ca
}

interface Told {
  folder: string
  password: string
  scram: number
  plain: number
  controller: number
}

const properties = ({ folder, password, scram, plain, controller }: Told) => `process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:${controller}
listeners=PASSWORD://127.0.0.1:${plain},SCRAM://127.0.0.1:${scram},CONTROLLER://127.0.0.1:${controller}
listener.security.protocol.map=PASSWORD:SASL_PLAINTEXT,SCRAM:SASL_SSL,CONTROLLER:PLAINTEXT
controller.listener.names=CONTROLLER
inter.broker.listener.name=PASSWORD
sasl.mechanism.inter.broker.protocol=PLAIN
listener.name.password.sasl.enabled.mechanisms=PLAIN
listener.name.password.plain.sasl.jaas.config=org.apache.kafka.common.security.plain.PlainLoginModule required username="mgmt" password="${password}" user_mgmt="${password}";
listener.name.scram.sasl.enabled.mechanisms=SCRAM-SHA-512
listener.name.scram.scram-sha-512.sasl.jaas.config=org.apache.kafka.common.security.scram.ScramLoginModule required;
listener.name.scram.ssl.keystore.location=${join(folder, 'keystore.p12')}
listener.name.scram.ssl.keystore.type=PKCS12
listener.name.scram.ssl.keystore.password=${password}
log.dirs=${join(folder, 'log')}
auto.create.topics.enable=false
offsets.topic.replication.factor=1
offsets.topic.num.partitions=1
group.initial.rebalance.delay.ms=0
log.cleaner.dedupe.buffer.size=8388608
`
