import type { ExecutionContext } from 'ava'
import { serviceNames, type ServiceName } from '@docket/addresses/addresses.ts'
import { startStack as startServers, stopStack as stopServers } from '@docket/local/stack.ts'
import { mgmt } from '@docket/test/support/mgmt-process.ts'
import type { Place } from '@docket/test/support/operator.ts'
import type { Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

type Name = ServiceName | 'postgres' | 'mariadb' | 'kafka'

interface Seen {
  services: { service: string; status: string; checks?: { database?: { ok: boolean } } }[]
  kafka: { ok: boolean }
}

interface Absence {
  away(): Promise<void>
  back(): Promise<void>
  /** What status -o json says of it. */
  found(seen: Seen): boolean
  status: RegExp
  doctor: RegExp
}

const withoutDatabase = (seen: Seen) =>
  seen.services.filter(({ checks }) => checks?.database?.ok === false).map(({ service }) => service)
const quietly = () => undefined
const server = (stack: Stack, name: 'postgres' | 'mariadb' | 'kafka') => ({
  away: () => stopServers({ servers: [name], services: [] }, quietly),
  async back() {
    await startServers({ servers: [name], services: [] }, quietly)
    for (const service of serviceNames) await stack.processes.untilReady(service)
  },
})

const absencesOf = (stack: Stack): Record<Name, Absence> => ({
  ...(Object.fromEntries(
    serviceNames.map(name => [
      name,
      {
        away: () => stack.kill(name),
        back: () => stack.start(name),
        found: ({ services, kafka }) =>
          kafka.ok &&
          services
            .filter(({ status }) => status === 'away')
            .map(({ service }) => service)
            .join() === name,
        status: new RegExp(`^${name} +away .*ECONNREFUSED`, 'm'),
        doctor: new RegExp(`^WRONG ${name} +away: .*ECONNREFUSED[^]*?next: start it`, 'm'),
      } satisfies Absence,
    ]),
  ) as Record<ServiceName, Absence>),
  postgres: {
    ...server(stack, 'postgres'),
    found: seen => withoutDatabase(seen).join() === 'order-service,inventory-service,payment-service,shipping-service',
    status: /^order-service +not ready .* away /m,
    doctor: /^WRONG order-service +not ready: [^]*?database: [^]*?next: see to its database/m,
  },
  mariadb: {
    ...server(stack, 'mariadb'),
    found: seen => withoutDatabase(seen).join() === 'user-service',
    status: /^user-service +not ready .* away /m,
    doctor: /^WRONG user-service +not ready: [^]*?database: [^]*?next: see to its database/m,
  },
  kafka: {
    ...server(stack, 'kafka'),
    found: ({ kafka }) => !kafka.ok,
    status: /^Kafka +away at 127\.0\.0\.1:\d+: /m,
    doctor: /^WRONG Kafka +127\.0\.0\.1:\d+: [^]*?next: start it/m,
  },
})

/** Stops something, and sees that `status` and `doctor` name it and end with 5 until it runs again. */
export async function isNamedWhileAway(t: ExecutionContext, stack: Stack, place: Place, name: Name): Promise<void> {
  const { away, back, found, status, doctor } = absencesOf(stack)[name]
  const statusJson = async () => JSON.parse((await mgmt(place, ['status', '-o', 'json'])).stdout) as Seen
  await until('all is well', async () => (await mgmt(place, ['status'])).status === 0)
  t.false(found(await statusJson()))
  await away()
  try {
    await until(`${name} is found to be away`, async () => found(await statusJson()))
    const shown = await mgmt(place, ['status'])
    t.is(shown.status, 5)
    t.regex(shown.stdout, status)
    const explained = await mgmt(place, ['doctor'])
    t.is(explained.status, 5)
    t.regex(explained.stdout, doctor)
    if (name === 'kafka') t.is((await mgmt(place, ['events', 'topics'])).status, 5)
  } finally {
    await back()
  }
  await until('all is well again', async () => (await mgmt(place, ['status'])).status === 0)
}
