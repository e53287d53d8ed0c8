import { readFileSync } from 'node:fs'
import { addresses, serviceNames, type Addresses, type ServiceName } from '@docket/addresses/addresses.ts'
import { environmentOf } from '@docket/addresses/environment.ts'
import { isListening } from '@docket/local/ports.ts'
import { pidOf } from '@docket/local/processes.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import { startProxy, viaProxy, type Proxy } from '@docket/test/support/proxy.ts'
import { serviceProcesses, type ServiceProcesses } from '@docket/test/support/services.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'
import { startProvider, type ProviderProcess } from '../provider/process.ts'
import { links, type Link, type ServerName } from './schedule.ts'

export interface World {
  at: Addresses
  stack: Stack
  replicas: readonly ServiceProcesses[]
  provider: ProviderProcess
  proxies: Record<Link, Proxy>
  signal(server: ServerName, signal: NodeJS.Signals): void
  stop(): Promise<void>
}

const hostAndPort = (url: string) => ({ host: new URL(url).hostname, port: Number(new URL(url).port) })

export async function startWorld(print: (line: string) => void, replicas: number): Promise<World> {
  const at = addresses()
  const keys = secrets(at.dir)
  const provider = await startProvider(at)
  if (!at.kafkaProxied)
    throw new Error('Kafka has no listener for a proxy: set KAFKA_BEHIND_PROXY=yes before the servers start')
  const [kafkaPort, kafkaProxyPort] = [at.kafkaProxied.listens, at.kafkaProxied.advertised].map(address =>
    Number(address.split(':')[1]),
  ) as [number, number]
  const proxies: Record<Link, Proxy> = {
    postgres: await startProxy(at.postgres),
    mariadb: await startProxy(at.mariadb),
    provider: await startProxy(hostAndPort(provider.url)),
    // Kafka tells its clients this address
    kafka: await startProxy({ host: '127.0.0.1', port: kafkaPort }, kafkaProxyPort),
  }
  const env: Partial<Record<ServiceName, Record<string, string>>> = {}
  for (const name of serviceNames) {
    env[name] = {
      DATABASE_URL: viaProxy(
        environmentOf(name, at, keys).DATABASE_URL ?? '',
        proxies[name === 'user-service' ? 'mariadb' : 'postgres'],
      ),
      KAFKA_BROKERS: at.kafkaProxied.advertised,
      ...(name === 'payment-service' && { PAYMENT_PROVIDER: viaProxy(provider.url, proxies.provider) }),
    }
  }
  const stack = await startStack(env, { supervised: true })
  const more = Array.from({ length: replicas - 1 }, (_, n) =>
    serviceProcesses(at, { env, supervised: true, replica: n + 1 }),
  )
  await Promise.all(more.flatMap(processes => serviceNames.map(name => processes.start(name))))
  print(`${replicas} of each of five services, three servers, the payment provider and four proxies are up`)
  return {
    at,
    stack,
    replicas: [stack.processes, ...more],
    provider,
    proxies,
    signal(server, signal) {
      const pid = pidOf(at.dir, server)
      if (pid === undefined) return // it is just being started again
      for (const one of signal === 'SIGTERM' || signal === 'SIGINT' ? [pid] : familyOf(pid)) kill(one, signal)
    },
    async stop() {
      for (const link of links) proxies[link].heal()
      await Promise.all([stack.stop(), ...more.map(processes => processes.stop())])
      await provider.kill('SIGTERM')
      await Promise.all(links.map(link => proxies[link].close()))
    },
  }
}

function familyOf(pid: number): number[] {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8')
    .trim()
    .split(' ')
    .filter(Boolean)
    .map(Number)
  return [pid, ...children.flatMap(familyOf)]
}

function kill(pid: number, signal: NodeJS.Signals): void {
  try {
    process.kill(pid, signal)
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'ESRCH')) throw error // it has ended meanwhile
  }
}

const serverBackMs = 180_000 // Kafka ends in order and starts again in 20 s, and on a machine with much to do in minutes

export async function untilServing({ at }: World, server: ServerName, before: number | undefined): Promise<void> {
  const port = server === 'kafka' ? Number(at.kafka.split(':')[1]) : at[server].port
  await until(
    `${server} is back`,
    async () => ![undefined, before].includes(pidOf(at.dir, server)) && isListening(port),
    serverBackMs,
  )
}
