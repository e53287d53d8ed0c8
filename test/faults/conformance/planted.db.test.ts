import { randomUUID } from 'node:crypto'
import { mkdtempSync, rmSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { addTopics } from '@docket/kafka/admin.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { deadLetterTopic } from '@docket/kafka/topics.ts'
import { slow } from '@docket/test/support/slow.ts'
import { readContract, type TopicContract } from '@docket/tools/generate/contract/read.ts'
import { checks, isConforming, type Finding } from './checks.ts'
import { conform } from './conform.ts'
import { plantedFaults, type PlantedFault } from './faults.ts'
import { usualPace, type Pace } from './lab.ts'
import { subjectOf } from './subject.ts'

const kafka = { brokers: [addresses().kafka], clientId: 'conformance-test' }
const client = kafkaClient(kafka)
const events = await readContract(new URL('../../../events/', import.meta.url))

/** Shorter waits than usual, because this service is small. The limits that it never reaches stay as they are. */
const quick: Pace = { ...usualPace, quietMs: 400, learnMs: 600, kills: 2 }
/** Lower limits too, because a fault is seen when one of them is reached. */
const quickToBlame: Pace = { ...quick, patienceMs: 6_000, endMs: 2_000 }

interface Trial {
  service: string
  contract: TopicContract[]
}

function aTrial(): Trial {
  const run = randomUUID().slice(0, 8)
  const service = `payments-${run}`
  const contract = events
    .filter(({ topic }) => ['order-events', 'inventory-events', 'payment-events'].includes(topic))
    .map(one => ({
      ...one,
      topic: `${one.topic}-${run}`,
      partitions: 2,
      producer: one.topic === 'payment-events' ? service : one.producer,
    }))
  return { service, contract }
}

const right = aTrial()
const trials = new Map((Object.keys(plantedFaults) as PlantedFault[]).map(fault => [fault, aTrial()]))
const topics = [right, ...trials.values()].flatMap(({ contract }) => contract.map(({ topic }) => topic))

test.before('all topics are made at once, which Kafka does faster', () =>
  addTopics(
    client,
    topics.flatMap(topic => [
      { topic, numPartitions: 2, replicationFactor: 1 },
      { topic: deadLetterTopic(topic), numPartitions: 1, replicationFactor: 1 },
    ]),
  ),
)
test.after.always(async () => {
  const admin = client.admin()
  await admin.connect()
  await admin.deleteTopics({ topics: topics.flatMap(topic => [topic, deadLetterTopic(topic)]) })
  await admin.disconnect()
})

/** A few at a time: they mostly wait, but each starts a process. */
const lanes = Array.from({ length: 5 }, (): Promise<unknown> => Promise.resolve())
let turn = 0
function inLane<T>(work: () => Promise<T>): Promise<T> {
  const at = turn++ % lanes.length
  const result = (lanes[at] ?? Promise.resolve()).then(work)
  lanes[at] = result.catch(() => undefined) // a failure must not fail the next test
  return result
}

async function checked(
  t: ExecutionContext,
  { service, contract }: Trial,
  fault: PlantedFault | undefined,
  names: readonly string[],
  pace: Pace,
): Promise<Finding[]> {
  const folder = mkdtempSync(join(tmpdir(), 'conformance-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const port = await freePort()
  const named = (start: string) => contract.find(({ topic }) => topic.startsWith(start))?.topic
  return conform({
    kafka,
    contract,
    subject: subjectOf(contract, service, { handles: ['stock.reserved', 'order.cancelled'] }),
    command: {
      argv: [process.execPath, join(import.meta.dirname, 'faulty-service.ts')],
      env: {
        PATH: process.env.PATH,
        NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
        KAFKA_BROKERS: kafka.brokers.join(','),
        GROUP: service,
        PORT: String(port),
        STATE_DIR: folder,
        TOPICS: JSON.stringify({ orders: named('order'), stock: named('inventory'), payments: named('payment') }),
        ...(fault && { FAULT: fault }),
      },
      cwd: folder,
      port,
      logFile: join(folder, 'service.log'),
      onPid: () => undefined,
    },
    chosen: checks.filter(({ name }) => names.includes(name)),
    seed: 1,
    pace,
    signal: AbortSignal.timeout(120_000),
    onFinding: ({ check, verdict, seen }) => t.log(`${verdict} ${check}: ${seen}`),
  })
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1')
  await new Promise(resolve => server.once('listening', resolve))
  const { port } = server.address() as AddressInfo // not a pipe, so the address has a port
  await new Promise(resolve => server.close(resolve))
  return port
}

test('a service that does everything right conforms', async t => {
  slow(t, 15, 'it is killed and started again several times')
  const every = checks.map(({ name }) => name)
  const findings = await inLane(() => checked(t, right, undefined, every, quick))
  t.true(isConforming(findings))
  t.deepEqual(
    findings.filter(({ verdict }) => verdict !== 'ok'),
    [],
  )
})

for (const [fault, trial] of trials) {
  const check = plantedFaults[fault]
  test(`conformance sees a service that does this: ${fault}`, async t => {
    slow(t, 8, 'it waits for what does not come')
    const pace = fault === 'never ready' ? { ...quickToBlame, readyMs: 3_000 } : quickToBlame
    const findings = await inLane(() => checked(t, trial, fault, [check], pace))
    t.false(isConforming(findings))
    t.deepEqual(
      findings.filter(({ verdict }) => verdict === 'wrong').map(one => one.check),
      [check],
    )
  })
}

test('there is a planted fault for each check', t => {
  t.deepEqual([...new Set<string>(Object.values(plantedFaults))].sort(), checks.map(({ name }) => name).sort())
})
