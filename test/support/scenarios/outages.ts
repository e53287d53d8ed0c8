import type { ExecutionContext } from 'ava'
import { serviceNames, type ServiceName } from '@docket/addresses/addresses.ts'
import { startStack as startServers, stopStack as stopServers } from '@docket/local/stack.ts'
import { mgmt } from '../mgmt-process.ts'
import type { LoggedInOperator } from '../operator.ts'
import { untilAllConsume } from '../readiness.ts'
import type { Stack } from '../stack.ts'
import { until } from '../until.ts'

type Name = ServiceName | 'postgres' | 'mariadb' | 'kafka'

interface Seen {
  services: { service: string; status: string; checks?: { database?: { ok: boolean } } }[]
  kafka: { ok: boolean }
}

interface Absence {
  takeDown(): Promise<void>
  bringBack(): Promise<void>
  found(seen: Seen): boolean
  status: RegExp
  doctor: RegExp
}

const withoutDatabase = (seen: Seen) =>
  seen.services.filter(({ checks }) => checks?.database?.ok === false).map(({ service }) => service)
const quietly = () => undefined
const server = (stack: Stack, name: 'postgres' | 'mariadb' | 'kafka') => ({
  takeDown: () => stopServers({ servers: [name], services: [] }, quietly),
  async bringBack() {
    await startServers({ servers: [name], services: [] }, quietly)
    for (const service of serviceNames) await stack.processes.untilReady(service)
    if (name === 'kafka') await untilAllConsume(stack.ops)
  },
})

const absencesOf = (stack: Stack): Record<Name, Absence> => ({
  ...(Object.fromEntries(
    serviceNames.map(name => [
      name,
      {
        takeDown: () => stack.kill(name),
        bringBack: () => stack.start(name),
        found: ({ services, kafka }) =>
          kafka.ok &&
          services
            .filter(({ status }) => status === 'away')
            .map(({ service }) => service)
            .join() === name,
        status: new RegExp(`^${name} +unavailable .*ECONNREFUSED`, 'm'),
        doctor: new RegExp(`^WRONG ${name} +unavailable: .*ECONNREFUSED[^]*?next: start it`, 'm'),
      } satisfies Absence,
    ]),
  ) as Record<ServiceName, Absence>),
  postgres: {
    ...server(stack, 'postgres'),
    found: seen => withoutDatabase(seen).join() === 'order-service,inventory-service,payment-service,shipping-service',
    status: /^order-service +not ready .* unavailable /m,
    doctor: /^WRONG order-service +not ready: [^]*?database: [^]*?next: see to its database/m,
  },
  mariadb: {
    ...server(stack, 'mariadb'),
    found: seen => withoutDatabase(seen).join() === 'user-service',
    status: /^user-service +not ready .* unavailable /m,
    doctor: /^WRONG user-service +not ready: [^]*?database: [^]*?next: see to its database/m,
  },
  kafka: {
    ...server(stack, 'kafka'),
    found: ({ kafka }) => !kafka.ok,
    status: /^Kafka +unavailable at 127\.0\.0\.1:\d+: /m,
    doctor: /^WRONG Kafka +127\.0\.0\.1:\d+: [^]*?next: start it/m,
  },
})

export async function isNamedWhileUnavailable(
  t: ExecutionContext,
  stack: Stack,
  operator: LoggedInOperator,
  name: Name,
): Promise<void> {
  const { takeDown, bringBack, found, status, doctor } = absencesOf(stack)[name]
  const statusJson = async () => JSON.parse((await mgmt(operator, ['status', '-o', 'json'])).stdout) as Seen
  await until('all is well', async () => (await mgmt(operator, ['status'])).status === 0)
  t.false(found(await statusJson()))
  await takeDown()
  try {
    await until(`${name} is found to be unavailable`, async () => found(await statusJson()))
    const shown = await mgmt(operator, ['status'])
    t.is(shown.status, 5)
    t.regex(shown.stdout, status)
    const explained = await mgmt(operator, ['doctor'])
    t.is(explained.status, 5)
    t.regex(explained.stdout, doctor)
    if (name === 'kafka') t.is((await mgmt(operator, ['events', 'topics'])).status, 5)
  } finally {
    await bringBack()
  }
  await until('all is well again', async () => (await mgmt(operator, ['status'])).status === 0)
}
