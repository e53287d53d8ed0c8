import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root, serviceNames, type Addresses, type ServiceName } from '@docket/addresses/addresses.ts'
import { ownFolder } from '@docket/addresses/own-folder.ts'
import { signIn } from '@docket/local/processes.ts'
import { connectPrograms, java } from '@docket/local/servers/programs.ts'
import { spawnLogged } from '@docket/test/support/logged.ts'
import { until } from '@docket/test/support/until.ts'
import type { DebeziumPasswords } from './databases.ts'

export interface Connect {
  start(): Promise<void>
  kill(): Promise<void>
  /** Makes a connector for each service, from docs/debezium, and waits until all of them run. */
  addConnectors(): Promise<void>
  untilRunning(): Promise<void>
  offsetOf(service: ServiceName): Promise<Record<string, unknown> | undefined>
  removeConnectors(): Promise<void>
}

const nameOf = (service: ServiceName) => `${service}-outbox`

/** A worker of Kafka Connect, as a process of its own. */
export async function kafkaConnect(at: Addresses, passwords: DebeziumPasswords): Promise<Connect> {
  const { worker, plugins } = await connectPrograms(console.log)
  const program = await java()
  const folder = join(at.dir, 'connect')
  const settings = join(folder, 'worker.properties')
  const url = `http://${at.connect.host}:${at.connect.port}`
  ownFolder(folder)
  ownFolder(join(at.dir, 'logs'))
  writeFileSync(settings, properties(at, plugins))
  let running: ChildProcess | undefined

  const call = async (path: string, method = 'GET', body?: unknown) => {
    const answer = await fetch(`${url}${path}`, {
      method,
      headers: { 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
      signal: AbortSignal.timeout(60_000),
    })
    const text = await answer.text()
    if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text.slice(0, 2_000)}`)
    return text === '' ? undefined : (JSON.parse(text) as unknown)
  }
  const isRunning = async (service: ServiceName) => {
    // the shape is Kafka Connect's
    const status = (await call(`/connectors/${nameOf(service)}/status`)) as {
      connector: { state: string }
      tasks: { state: string; trace?: string }[]
    }
    const failed = status.tasks.find(({ state }) => state === 'FAILED')
    if (failed) throw new Error(`${service}: ${failed.trace?.slice(0, 1_500)}`)
    return status.connector.state === 'RUNNING' && status.tasks.length === 1 && status.tasks[0]?.state === 'RUNNING'
  }
  const untilRunning = async () => {
    for (const service of serviceNames)
      await until(`the connector of ${service} runs`, () => isRunning(service), 180_000)
  }

  return {
    async start() {
      const options = ['-Xms128m', '-Xmx768m', '-XX:+UseSerialGC']
      const logging = `-Dlog4j2.configurationFile=${root}local/servers/kafka/log4j2.properties`
      running = spawnLogged(
        join(at.dir, 'logs', 'connect.log'),
        program,
        [...options, logging, '-cp', `${worker}/*`, 'org.apache.kafka.connect.cli.ConnectDistributed', settings],
        {
          env: {
            PATH: process.env.PATH,
            DEBEZIUM_POSTGRES_PASSWORD: passwords.postgres,
            DEBEZIUM_MARIADB_PASSWORD: passwords.mariadb,
          },
        },
      )
      if (running.pid) signIn(at.dir, 'connect', running.pid) // so that it is stopped also when this run was killed
      await until('Kafka Connect answers', async () => (await call('/connectors')) !== undefined, 240_000)
    },
    async kill() {
      if (!running || running.exitCode !== null || running.signalCode !== null) return
      const gone = once(running, 'exit')
      running.kill('SIGKILL')
      await gone
    },
    async addConnectors() {
      for (const service of serviceNames)
        await until(
          `the connector of ${service} is made`,
          // PUT: a request that was not answered in time may have made it
          () => call(`/connectors/${nameOf(service)}/config`, 'PUT', configuration(service, at)).then(() => true),
          180_000,
        )
      await untilRunning()
    },
    untilRunning,
    async offsetOf(service) {
      // the shape is Kafka Connect's
      const { offsets } = (await call(`/connectors/${nameOf(service)}/offsets`)) as {
        offsets: { offset: Record<string, unknown> }[]
      }
      return offsets[0]?.offset
    },
    async removeConnectors() {
      for (const service of serviceNames) await call(`/connectors/${nameOf(service)}`, 'DELETE')
    },
  }
}

/** What docs/debezium has for a service, with the addresses of this run. */
function configuration(service: ServiceName, at: Addresses): Record<string, string> {
  const { config } = JSON.parse(readFileSync(join(root, `docs/debezium/${service}.json`), 'utf8')) as {
    config: Record<string, string>
  }
  const { host, port } = service === 'user-service' ? at.mariadb : at.postgres
  return {
    ...config,
    'database.hostname': host,
    'database.port': String(port),
    ...(service === 'user-service' && {
      'schema.history.internal.kafka.bootstrap.servers': at.kafkaBrokers.join(','),
    }),
  }
}

const properties = (at: Addresses, plugins: readonly string[]) => `bootstrap.servers=${at.kafkaBrokers.join(',')}
group.id=docket-connect
listeners=http://${at.connect.host}:${at.connect.port}
plugin.path=${plugins.join(',')}
config.storage.topic=docket-connect-configs
offset.storage.topic=docket-connect-offsets
status.storage.topic=docket-connect-status
config.storage.replication.factor=1
offset.storage.replication.factor=1
status.storage.replication.factor=1
offset.storage.partitions=1
status.storage.partitions=1
offset.flush.interval.ms=5000
key.converter=org.apache.kafka.connect.storage.StringConverter
value.converter=org.apache.kafka.connect.storage.StringConverter
config.providers=env
config.providers.env.class=org.apache.kafka.common.config.provider.EnvVarConfigProvider
config.providers.env.param.allowlist.pattern=DEBEZIUM_.*
topic.creation.enable=false
plugin.discovery=service_load
scheduled.rebalance.max.delay.ms=10000
`
