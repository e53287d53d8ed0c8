import { spawn } from 'node:child_process'
import { once } from 'node:events'
import test from 'ava'
import { topics } from '@docket/contract/generated/contract.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { pidOf } from '@docket/local/processes.ts'
import { main } from '@docket/test/support/mgmt-process.ts'
import { aLoggedInOperator, type LoggedInOperator } from '@docket/test/support/operator.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'
import { isNamedWhileUnavailable } from '@docket/test/support/scenarios/outages.ts'

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

for (const name of [
  'user-service',
  'inventory-service',
  'payment-service',
  'shipping-service',
  'mariadb',
  'kafka',
] as const) {
  test.serial(`while ${name} is unavailable, status and doctor name it and end with 5`, async t => {
    t.timeout(slowMs)
    await isNamedWhileUnavailable(t, stack, operator, name)
    t.pass()
  })
}

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
