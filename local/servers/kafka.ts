import { execFile } from 'node:child_process'
import { randomBytes } from 'node:crypto'
import { copyFileSync, existsSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { join, relative } from 'node:path'
import { promisify } from 'node:util'
import { grantAccess } from '@docket/kafka/access-admin.ts'
import { createTopics, expectGroupsWork } from '@docket/kafka/admin.ts'
import { kafkaClient, kafkaSettings } from '@docket/kafka/client.ts'
import { root, type Addresses, type KafkaNode } from '@docket/addresses/addresses.ts'
import { certificatesOf, kafkaEnvironment } from '@docket/addresses/environment.ts'
import { ownFolder } from '@docket/addresses/own-folder.ts'
import { kafkaAdmin, type Secrets } from '@docket/addresses/secrets.ts'
import { writeState } from '@docket/addresses/state-file.ts'
import { inUnicode, java, kafkaJars } from './programs.ts'
import type { Server } from './server.ts'

const run = promisify(execFile)

export function kafkaServer(at: Addresses, node: KafkaNode, keys: Secrets): Server {
  const data = join(at.dir, node.name)
  const client = kafkaClient({
    ...kafkaSettings(kafkaEnvironment(kafkaAdmin, at, keys), 'local'),
    brokers: [node.broker],
  })
  return {
    name: node.name,
    address: node.broker,
    ports: [portOf(node.broker), portOf(node.controller)],
    async prepare(print) {
      const jars = await kafkaJars(print)
      const program = await java()
      const command = [
        program,
        '-Xms128m',
        '-Xmx384m',
        '-XX:+UseSerialGC',
        '-Dlog4j2.configurationFile=log4j2.properties',
        '-cp',
        `${jars}/*`,
      ]
      ownFolder(data)
      copyFileSync(join(root, 'local/servers/kafka/log4j2.properties'), join(data, 'log4j2.properties'))
      const secured = at.isSecured ? security(at.dir, data, keys) : ''
      writeState(join(data, settings), properties(at, node) + secured, { mode: 0o600 })
      if (!existsSync(join(data, 'log')))
        await format(command, data, node.id, clusterId(at), at.isSecured ? keys.kafka : {})
      // from its folder: a path in its settings may have no comma, and no letter beyond Latin-1
      return { name: node.name, command: [...command, 'kafka.Kafka', settings], cwd: data }
    },
    async probe() {
      await expectGroupsWork(client)
      await expectProducersWork(client)
    },
    async furnish() {
      if (node.id !== 1) return
      await createTopics(client, at.kafkaNodes.length)
      if (at.isSecured) await grantAccess(client)
    },
  }
}

/** Straight after its start a broker gives out no producer ids, and kafkajs would then send without idempotence. */
async function expectProducersWork(client: ReturnType<typeof kafkaClient>): Promise<void> {
  // kafkajs refuses 0
  const producer = client.producer({ idempotent: true, retry: { retries: 1, initialRetryTime: 50 } })
  await producer.connect().finally(() => producer.disconnect())
}

const portOf = (address: string) => Number(address.split(':')[1])

const settings = 'server.properties'

const properties = (at: Addresses, node: KafkaNode) => `# Written by local/servers/kafka.ts at each start
process.roles=broker,controller
node.id=${node.id}
controller.quorum.voters=${at.kafkaNodes.map(({ id, controller }) => `${id}@${controller}`).join(',')}
listeners=PLAINTEXT://${node.broker},CONTROLLER://${node.controller}${at.kafkaProxied ? `,PROXIED://${at.kafkaProxied.listens}` : ''}
advertised.listeners=PLAINTEXT://${node.broker}${at.kafkaProxied ? `,PROXIED://${at.kafkaProxied.advertised}` : ''}
listener.security.protocol.map=${at.isSecured ? 'PLAINTEXT:SASL_SSL,CONTROLLER:SASL_PLAINTEXT' : 'PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT'},PROXIED:PLAINTEXT
inter.broker.listener.name=PLAINTEXT
controller.listener.names=CONTROLLER
log.dirs=log
auto.create.topics.enable=false
offsets.topic.replication.factor=${at.kafkaNodes.length}
offsets.topic.num.partitions=5
transaction.state.log.replication.factor=${at.kafkaNodes.length}
transaction.state.log.min.isr=1
transaction.state.log.num.partitions=5
log.cleaner.dedupe.buffer.size=8388608
# one that was killed may come back only when its old self has timed out: 9 s unless set
broker.session.timeout.ms=5000
broker.heartbeat.interval.ms=500
group.initial.rebalance.delay.ms=0
# of three, two must have a record before it is acknowledged; leaders go back to where they belong within seconds
min.insync.replicas=${at.kafkaNodes.length > 1 ? 2 : 1}
leader.imbalance.check.interval.seconds=5
`

const scram = 'org.apache.kafka.common.security.scram.ScramLoginModule required'
const plain = 'org.apache.kafka.common.security.plain.PlainLoginModule required'

/**
 * TLS and a login for whoever comes, the brokers themselves too, and rights for each. A controller knows no SCRAM: it
 * keeps the passwords. Nor do tools with an old librdkafka: mgmt's login may come with PLAIN, too (docs/tools.md).
 */
function security(dir: string, data: string, { kafka }: Secrets): string {
  const { authority, certificate, key } = certificatesOf(dir)
  const keystore = 'keystore.pem'
  writeState(join(data, keystore), readFileSync(key, 'utf8') + readFileSync(certificate, 'utf8'), { mode: 0o600 })
  const login = `username="${kafkaAdmin}" password="${kafka[kafkaAdmin]}"`
  return `authorizer.class.name=org.apache.kafka.metadata.authorizer.StandardAuthorizer
super.users=User:${kafkaAdmin}
sasl.enabled.mechanisms=SCRAM-SHA-512,PLAIN
sasl.mechanism.inter.broker.protocol=SCRAM-SHA-512
sasl.mechanism.controller.protocol=PLAIN
listener.name.plaintext.scram-sha-512.sasl.jaas.config=${scram} ${login};
listener.name.plaintext.plain.sasl.jaas.config=${plain} user_mgmt="${kafka.mgmt}";
listener.name.controller.sasl.enabled.mechanisms=PLAIN
listener.name.controller.plain.sasl.jaas.config=${plain} ${login} user_${kafkaAdmin}="${kafka[kafkaAdmin]}";
ssl.keystore.type=PEM
ssl.keystore.location=${keystore}
ssl.truststore.type=PEM
ssl.truststore.location=${relative(data, authority)}
`
}

export function clusterId({ clusterIdFile: file }: Pick<Addresses, 'clusterIdFile'>): string {
  if (!existsSync(file)) writeState(file, randomBytes(16).toString('base64url'))
  return readFileSync(file, 'utf8')
}

/** Formats the data folder under another name first: one that was half formatted would never start. */
async function format(
  java: string[],
  data: string,
  id: number,
  cluster: string,
  logins: Record<string, string>,
): Promise<void> {
  const fresh = `${settings}.format`
  const log = join(data, 'log')
  writeFileSync(
    join(data, fresh),
    [
      'process.roles=broker,controller',
      `node.id=${id}`,
      `controller.quorum.voters=${id}@127.0.0.1:1`,
      'controller.listener.names=CONTROLLER',
      'listeners=CONTROLLER://127.0.0.1:1,PLAINTEXT://127.0.0.1:2',
      'advertised.listeners=PLAINTEXT://127.0.0.1:2',
      'log.dirs=log.new',
      '',
    ].join('\n'),
  )
  rmSync(`${log}.new`, { recursive: true, force: true })
  const [program = 'java', ...args] = java
  // with =, as an id may begin with -
  const scrams = Object.entries(logins).flatMap(([name, password]) => [
    '--add-scram',
    `SCRAM-SHA-512=[name=${name},password=${password}]`,
  ])
  await run(
    program,
    [...args, 'kafka.tools.StorageTool', 'format', `--cluster-id=${cluster}`, '-c', fresh, ...scrams],
    {
      cwd: data,
      env: inUnicode(),
    },
  )
  renameSync(`${log}.new`, log)
  rmSync(join(data, fresh))
}
