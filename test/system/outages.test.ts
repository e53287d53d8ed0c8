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
import { aLoggedInOperator, type LoggedInOperator } from '@docket/test/support/operator.ts'

// What the command line shows while something is unavailable, and a view that outlives its broker.

let stack: Stack
let operator: LoggedInOperator
test.before(async () => {
  stack = await startStack()
  operator = await aLoggedInOperator(stack)
})
test.after.always(() => stack?.stop())
test.afterEach.always(async t => {
  t.deepEqual(await stack.reconcile(), [])
})

const slowMs = 400_000 // servers are stopped and started

interface Seen {
  services: { service: string; status: string; checks?: { database?: { ok: boolean } } }[]
  kafka: { ok: boolean }
}

interface Absence {
  takeDown(): Promise<void>
  bringBack(): Promise<void>
  /** What status -o json says of it. */
  found(seen: Seen): boolean
  status: RegExp
  doctor: RegExp
}

const withoutDatabase = (seen: Seen) =>
  seen.services.filter(({ checks }) => checks?.database?.ok === false).map(({ service }) => service)
const quietly = () => undefined
const server = (name: 'postgres' | 'mariadb' | 'kafka') => ({
  takeDown: () => stopServers({ servers: [name], services: [] }, quietly),
  async bringBack() {
    await startServers({ servers: [name], services: [] }, quietly)
    for (const service of serviceNames) await stack.processes.untilReady(service)
  },
})

const absences: Record<string, Absence> = {
  ...Object.fromEntries(
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
  ),
  postgres: {
    ...server('postgres'),
    found: seen => withoutDatabase(seen).join() === 'order-service,inventory-service,payment-service,shipping-service',
    status: /^order-service +not ready .* unavailable /m,
    doctor: /^WRONG order-service +not ready: [^]*?database: [^]*?next: see to its database/m,
  },
  mariadb: {
    ...server('mariadb'),
    found: seen => withoutDatabase(seen).join() === 'user-service',
    status: /^user-service +not ready .* unavailable /m,
    doctor: /^WRONG user-service +not ready: [^]*?database: [^]*?next: see to its database/m,
  },
  kafka: {
    ...server('kafka'),
    found: ({ kafka }) => !kafka.ok,
    status: /^Kafka +unavailable at 127\.0\.0\.1:\d+: /m,
    doctor: /^WRONG Kafka +127\.0\.0\.1:\d+: [^]*?next: start it/m,
  },
}
for (const [name, { takeDown, bringBack, found, status, doctor }] of Object.entries(absences)) {
  test.serial(`while ${name} is unavailable, status and doctor name it and end with 5`, async t => {
    t.timeout(slowMs)
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
  })
}

/** A command that goes on, and what it has printed. */
function launch(args: string[]) {
  const child = spawn(process.execPath, [main, ...args], { env: { PATH: process.env.PATH, ...operator.env } })
  const output = { stdout: '', stderr: '' }
  child.stdout.on('data', chunk => {
    output.stdout += chunk
  })
  child.stderr.on('data', chunk => {
    output.stderr += chunk
  })
  return { child, output, ended: once(child, 'close') as Promise<[number | null]> }
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
  t.deepEqual(await stack.reconcile(), [], 'nothing is under way')
  const before = await ends()

  const { child, output, ended } = launch(['events', 'tail', '-o', 'jsonl'])
  t.teardown(() => child.kill('SIGKILL'))
  await until('it waits for events', async () => output.stderr.includes('waiting for events'))
  const orders = [await stack.order(customer, { [mug]: 1 })]
  await until('it sees them', async () => output.stdout.includes(orders[0]!.id))
  const pid = pidOf(stack.at.dir, 'kafka')!
  process.kill(pid, 'SIGKILL') // its keeper starts it again
  // kept in the outbox
  orders.push(await stack.order(customer, { [mug]: 1 }), await stack.order(customer, { [mug]: 1 }))
  await until(
    'it says that its connection is lost',
    async () => output.stderr.includes('connection lost, reconnecting'),
    120_000,
  )
  for (const order of orders) t.is((await stack.end(order, 250_000)).status, 'completed')
  t.not(pidOf(stack.at.dir, 'kafka'), pid)
  t.deepEqual(await stack.reconcile(), [])

  const after = await ends()
  const expected = [...after].flatMap(([partition, end]) =>
    Array.from(
      { length: end - (before.get(partition) ?? 0) },
      (_, at) => `${partition}/${(before.get(partition) ?? 0) + at}`,
    ),
  )
  const seen = () =>
    output.stdout
      .trim()
      .split('\n')
      .map(line => JSON.parse(line) as { topic: string; partition: number; offset: number })
      .filter(({ topic }) => topics.some(one => one.topic === topic))
      .map(({ topic, partition, offset }) => `${topic}/${partition}/${offset}`)
  await until('it has seen all', async () => seen().length >= expected.length, 120_000)
  t.true(expected.length >= orders.length * 7)
  t.deepEqual(seen().toSorted(), expected.toSorted())
  t.regex(output.stderr, /connection lost, reconnecting[^]*caught up/)

  child.kill('SIGINT')
  t.deepEqual((await ended)[0], 130)
})
