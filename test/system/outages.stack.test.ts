import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test from 'ava'
import { main, mgmt } from '@docket/test/support/mgmt-process.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { topics } from '@docket/contract/generated/contract.ts'
import { serviceNames } from '@docket/addresses/addresses.ts'
import { pidOf } from '@docket/local/processes.ts'
import { startStack as startServers, stopStack as stopServers } from '@docket/local/stack.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'
import { anOperatorsPlace, type Place } from '@docket/test/support/operator.ts'

// What the command line says while something is away, and a view that outlives its broker.

let stack: Stack
let place: Place
test.before(async () => {
  stack = await startStack()
  place = await anOperatorsPlace(stack)
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.audit(), [])
})

const slowMs = 400_000 // servers are stopped and started

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
const server = (name: 'postgres' | 'mariadb' | 'kafka') => ({
  away: () => stopServers({ servers: [name], services: [] }, quietly),
  async back() {
    await startServers({ servers: [name], services: [] }, quietly)
    for (const service of serviceNames) await stack.processes.untilReady(service)
  },
})

const absences: Record<string, Absence> = {
  ...Object.fromEntries(
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
  ),
  postgres: {
    ...server('postgres'),
    found: seen => withoutDatabase(seen).join() === 'order-service,inventory-service,payment-service,shipping-service',
    status: /^order-service +not ready .* away /m,
    doctor: /^WRONG order-service +not ready: [^]*?database: [^]*?next: see to its database/m,
  },
  mariadb: {
    ...server('mariadb'),
    found: seen => withoutDatabase(seen).join() === 'user-service',
    status: /^user-service +not ready .* away /m,
    doctor: /^WRONG user-service +not ready: [^]*?database: [^]*?next: see to its database/m,
  },
  kafka: {
    ...server('kafka'),
    found: ({ kafka }) => !kafka.ok,
    status: /^Kafka +away at 127\.0\.0\.1:\d+: /m,
    doctor: /^WRONG Kafka +127\.0\.0\.1:\d+: [^]*?next: start it/m,
  },
}
for (const [name, { away, back, found, status, doctor }] of Object.entries(absences)) {
  test.serial(`while ${name} is away, status and doctor name it and end with 5`, async t => {
    t.timeout(slowMs)
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
  })
}

/** A command that goes on, and what it has printed. */
function launch(args: string[]) {
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env.PATH, ...place.env } })
  const said = { stdout: '', stderr: '' }
  child.stdout.on('data', chunk => {
    said.stdout += chunk
  })
  child.stderr.on('data', chunk => {
    said.stderr += chunk
  })
  return { child, said, ended: once(child, 'close') as Promise<[number | null]> }
}

/** Behind the last record of each partition of the contract's topics. */
async function ends(): Promise<Map<string, number>> {
  const admin = kafkaClient({ brokers: stack.at.kafkaBrokers, clientId: 'mgmt-test' }).admin()
  await admin.connect()
  try {
    const all = await Promise.all(
      topics.map(async ({ topic }) =>
        (await admin.fetchTopicOffsets(topic)).map(
          ({ partition, high }) => [`${topic}/${partition}`, Number(high)] as const,
        ),
      ),
    )
    return new Map(all.flat())
  } finally {
    await admin.disconnect()
  }
}

test.serial('events tail outlives its broker: it says so, misses nothing, and shows nothing twice', async t => {
  t.timeout(slowMs)
  const mug = await stack.item('mug', 1_000)
  const customer = await stack.customer()
  await stack.end(await stack.order(customer, { [mug]: 1 }))
  t.deepEqual(await stack.audit(), [], 'nothing is under way')
  const before = await ends()

  const { child, said, ended } = launch(['events', 'tail', '-o', 'jsonl'])
  t.teardown(() => child.kill('SIGKILL'))
  await until('it waits for events', async () => said.stderr.includes('waiting for events'))
  const orders = [await stack.order(customer, { [mug]: 1 })]
  await until('it sees them', async () => said.stdout.includes(orders[0]!.id))
  const pid = pidOf(stack.at.dir, 'kafka')!
  process.kill(pid, 'SIGKILL') // its keeper starts it again
  // kept in the outbox
  orders.push(await stack.order(customer, { [mug]: 1 }), await stack.order(customer, { [mug]: 1 }))
  await until(
    'it says that its connection is lost',
    async () => said.stderr.includes('connection lost, reconnecting'),
    120_000,
  )
  for (const order of orders) t.is((await stack.end(order, 250_000)).status, 'completed')
  t.not(pidOf(stack.at.dir, 'kafka'), pid)
  t.deepEqual(await stack.audit(), [])

  const after = await ends()
  const expected = [...after].flatMap(([partition, end]) =>
    Array.from(
      { length: end - (before.get(partition) ?? 0) },
      (_, at) => `${partition}/${(before.get(partition) ?? 0) + at}`,
    ),
  )
  const seen = () =>
    said.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { topic: string; partition: number; offset: number })
      .filter(({ topic }) => topics.some(one => one.topic === topic))
      .map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`)
  await until('it has seen all', async () => seen().length >= expected.length, 120_000)
  t.true(expected.length >= orders.length * 7)
  t.deepEqual(seen().toSorted(), expected.toSorted())
  t.regex(said.stderr, /connection lost, reconnecting[^]*caught up/)

  child.kill('SIGINT')
  t.deepEqual((await ended)[0], 130)
})
