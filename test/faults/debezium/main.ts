/**
 * Debezium sends the events: npm run debezium:test -- [--orders 1000] [--per-second 10] [--seed N]
 * On servers of its own: relays, then the change to Debezium under load, orders with Kafka Connect killed meanwhile, and
 * the change back, as docs/debezium/README.md has them. Exit status 1 when anything was lost, out of order or wrong.
 */
import { execFile } from 'node:child_process'
import { parseArgs, promisify } from 'node:util'
import { addresses, root, serviceNames, type Addresses, type ServiceName } from '@docket/addresses/addresses.ts'
import { commandOf, environmentOf } from '@docket/addresses/environment.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import { onOwnServers } from '@docket/local/own-servers.ts'
import { reconcile, untilAtRest } from '@docket/reconciliation/audit.ts'
import { query } from '@docket/reconciliation/query.ts'
import { report } from '@docket/reconciliation/report.ts'
import { aLoggedInOperator } from '@docket/test/support/operator.ts'
import { mgmt } from '@docket/test/support/mgmt-process.ts'
import { serviceProcesses } from '@docket/test/support/services.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'
import { startLoad, type Load } from '../chaos/load.ts'
import { endingsOf, wrongEndings, type Acknowledged } from '../orders.ts'
import { kafkaConnect, type Connect } from './connect.ts'
import {
  admitDebezium,
  dropSlots,
  lastGtid,
  rowsLeft,
  slotsBefore,
  slotsBehind,
  urlOf,
  withMariadb,
  writtenSoFar,
} from './databases.ts'
import { declareDebeziumTopics, examineTopics, measureDelays } from './topics.ts'

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '1000' },
    'per-second': { type: 'string', default: '10' },
    seed: { type: 'string', default: '1' },
  },
})
const [orders, perSecond, seed] = [Number(values.orders), Number(values['per-second']), Number(values.seed)]
const byRelay = 30 // orders before and after
const longMs = 1_800_000

type Mode = 'relay' | 'debezium'

const run = promisify(execFile)
const began = Date.now()
const say = (text: string) => console.log(`${((Date.now() - began) / 1_000).toFixed(0).padStart(5)} s  ${text}`)

const startAll = (mode: Mode) =>
  startStack(
    Object.fromEntries(serviceNames.map(name => [name, { OUTBOX: mode }])) as Record<ServiceName, { OUTBOX: Mode }>,
  )

const acknowledgedMore = (load: Load, count: number) => {
  const before = load.acknowledged().length
  return until(
    `${count} more orders are acknowledged`,
    async () => load.acknowledged().length >= before + count,
    longMs,
  )
}

async function drain(at: Addresses): Promise<void> {
  for (const name of serviceNames) {
    const [node = process.execPath, ...args] = commandOf(name)
    await run(node, [...args, 'drain'], {
      cwd: root,
      env: { PATH: process.env.PATH, ...environmentOf(name, at, secrets(at.dir)) },
      timeout: 120_000,
    })
  }
}

/** A row such as a relay leaves that was killed: a repetition, harmless at any time. */
const leaveRow = (at: Addresses) =>
  query(
    urlOf(at, 'shipping-service'),
    `INSERT INTO outbox (event_id, aggregatetype, aggregateid, type, sequence, time, traceparent, payload)
     SELECT event_id, aggregatetype, aggregateid, type, sequence, time, traceparent, payload FROM last_events LIMIT 1`,
  )

async function untilSent(at: Addresses, connect: Connect): Promise<void> {
  const lsn = await writtenSoFar()
  await until('every slot has come up to there', async () => (await slotsBefore(lsn)).length === 0, 120_000)
  const gtid = await lastGtid(at)
  await until(
    "MariaDB's log is read up to there",
    async () => {
      const offset = await connect.offsetOf('user-service')
      if (offset?.gtids === gtid) return true
      throw new Error(`${JSON.stringify(offset)} is not ${gtid}`)
    },
    120_000,
  )
}

/** Until nothing is under way: what an outbox shows for a relay, the logs show for Debezium. */
async function untilAllIsSent(stack: Stack, connect: Connect): Promise<string[]> {
  for (;;) {
    const underWay = await untilAtRest(stack.sources, 300_000)
    const { records } = await examineTopics(stack.at)
    await untilSent(stack.at, connect)
    if (underWay.length > 0 || (await examineTopics(stack.at)).records === records) return underWay
  }
}

interface DoctorCheck {
  name: string
  ok: boolean
  text: string
}

/** What doctor says of the modes, as they are and with two mistakes; a sentence for each that is wrong. */
async function askDoctor(stack: Stack): Promise<string[]> {
  const operator = await aLoggedInOperator(stack)
  const ask = async () => {
    const { stdout } = await mgmt(operator, ['doctor', '-o', 'json'])
    return (JSON.parse(stdout) as DoctorCheck[]).find(({ name }) => name === 'outbox modes')
  }
  const wrong: string[] = []
  const expect = async (what: string, isRight: (check: DoctorCheck) => boolean) => {
    const check = await ask()
    say(`doctor, ${what}: ${check?.text}`)
    if (!check || !isRight(check)) wrong.push(`doctor said of ${what}: ${JSON.stringify(check)}`)
  }
  await expect('as it is', ({ ok, text }) => ok && text === 'debezium')
  await leaveRow(stack.at)
  await expect('a row that was left', ({ ok, text }) => !ok && text.includes('shipping-service: 1 events were left'))
  const other = serviceProcesses(stack.at, { env: { 'shipping-service': { OUTBOX: 'relay' } }, replica: 1 })
  try {
    await other.start('shipping-service')
    await until('its relay leads, and sends the row', async () => (await rowsLeft(stack.at)) === 0)
    await expect(
      'a replica with a relay',
      ({ ok, text }) => !ok && text.includes('replicas of shipping-service differ'),
    )
  } finally {
    await other.stop()
  }
  return wrong
}

async function verdictOf(stack: Stack, load: Load): Promise<string[]> {
  const reconciliation = await reconcile(stack.sources, { patienceSeconds: 0 })
  console.log(report(reconciliation))
  return [
    ...reconciliation.findings.map(({ invariant, about, text }) => `${invariant}: ${about} ${text}`),
    ...(await wrongEndings(stack.sources.orders, load.acknowledged())),
    ...load.violations(),
  ]
}

async function completedOf(stack: Stack, acknowledged: readonly Acknowledged[]): Promise<number> {
  const endings = await endingsOf(
    stack.sources.orders,
    acknowledged.map(({ id }) => id),
  )
  return [...endings.values()].filter(({ status }) => status === 'completed').length
}

const quantile = (sorted: readonly number[], q: number) =>
  (sorted[Math.min(sorted.length - 1, Math.floor(q * sorted.length))] ?? Number.NaN).toFixed(2)

async function change(at: Addresses, signal: AbortSignal): Promise<string[]> {
  let stack = await startAll('relay')
  const passwords = await admitDebezium(at)
  await declareDebeziumTopics(at)
  const connect = await kafkaConnect(at, passwords)
  try {
    const load = await startLoad(stack, seed, perSecond)
    await acknowledgedMore(load, byRelay)
    say('relays send; Kafka Connect starts')
    await connect.start()
    await connect.addConnectors()
    say('the connectors stream; the services stop')
    const stoppedMs = Date.now()
    await stack.stop()
    await leaveRow(at)
    await drain(at)
    const left = await rowsLeft(at)
    stack = await startAll('debezium')
    say(`the relays have emptied the outboxes (${left} rows left); in the new mode after ${Date.now() - stoppedMs} ms`)

    const before = load.acknowledged().length
    const delays = measureDelays(at)
    await acknowledgedMore(load, Math.ceil(orders / 3))
    signal.throwIfAborted()
    const calm = await delays.stop()
    say(`${calm.length} events: p50 ${quantile(calm, 0.5)} s, p99 ${quantile(calm, 0.99)} s; Connect is killed`)
    await connect.kill()
    await acknowledgedMore(load, Math.ceil(orders / 10))
    const atKill = await slotsBehind()
    say(`without it, bytes of the log held back: ${JSON.stringify(atKill)}`)
    await connect.start()
    await connect.untilRunning()
    say('Connect is back')
    await until(
      `${orders} orders are completed that Debezium has brought on`,
      async () => (await completedOf(stack, load.acknowledged().slice(before))) >= orders,
      longMs,
    )
    await load.stop()
    const underWay = await untilAllIsSent(stack, connect)
    const byDebezium = load.acknowledged().slice(before)
    say(
      `${byDebezium.length} orders acknowledged since the change, ${await completedOf(stack, byDebezium)} completed; ${before} before it`,
    )
    const first = [
      ...underWay,
      ...(left === 0 ? [] : [`${left} rows were left by drain`]),
      ...(await verdictOf(stack, load)),
      ...(await askDoctor(stack)),
    ]
    say(`the slots hold back, in bytes: ${JSON.stringify(await slotsBehind())}`)

    const second = await startLoad(stack, seed + 1, perSecond)
    await acknowledgedMore(second, byRelay)
    say('back to relays: the services stop')
    await stack.stop()
    await untilSent(at, connect)
    await connect.removeConnectors()
    await until('the slots are free', () => dropSlots(at).then(() => true))
    stack = await startAll('relay')
    say('Debezium has sent everything; relays send')
    await acknowledgedMore(second, byRelay)
    await second.stop()
    const rest = await untilAtRest(stack.sources, 300_000)
    const found = await examineTopics(at)
    const registered = await withMariadb(at, async client => {
      const [rows] = await client.query('SELECT id FROM users')
      return (rows as { id: string }[]).map(({ id }) => id)
    })
    const unheard = registered.filter(id => !found.users.has(id))
    say(
      `${found.records} records, ${found.repeated} of them repeated; ${registered.length} users, ${unheard.length} without an event; ${found.deadLetters} dead letters`,
    )
    return [
      ...first,
      ...rest,
      ...(await verdictOf(stack, second)),
      ...found.wrong,
      ...unheard.map(id => `user ${id} has no event`),
      ...(found.deadLetters === 0 ? [] : [`${found.deadLetters} dead letters`]),
    ]
  } finally {
    await stack.stop()
    await connect.kill()
  }
}

process.env.DATABASE_LOGS = 'rows'
process.exitCode = await onOwnServers(async ({ start, signal }) => {
  await start()
  const wrong = await change(addresses(), signal)
  for (const sentence of wrong.slice(0, 50)) console.log(sentence)
  console.log(wrong.length === 0 ? 'nothing is wrong' : `${wrong.length} wrong`)
  return wrong.length === 0 ? 0 : 1
})
