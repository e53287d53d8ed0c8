import { spawn, execFile, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { DatabaseSync } from 'node:sqlite'
import { promisify } from 'node:util'
import test from 'ava'
import { query } from '@docket/reconciliation/query.ts'
import { groupLags } from '@docket/kafka/admin.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { produceOnce } from '@docket/kafka/producer.ts'
import type { IncomingRecord } from '@docket/kafka/record-codec.ts'
import { tail } from '@docket/kafka/tail.ts'
import { root } from '@docket/addresses/addresses.ts'
import { pythonWith } from '@docket/test/support/python.ts'
import { slow } from '@docket/test/support/slow.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'

// A service in Python that joined by the contract alone: examples/sales-report-python. Its report is compared with
// order-service's database, from today on, because retention may have deleted events of older orders.

const example = join(root, 'examples', 'sales-report-python')
const python = await pythonWith(join(example, 'requirements.txt'))
const withPython = 'program' in python ? test.serial : test.serial.skip
const [program, because] = 'program' in python ? [python.program, ''] : ['', ` (not here: ${python.missing})`]

interface Report {
  days: {
    day: string
    placed: number
    completed: number
    cancelled: number
    rejected: number
    sales: { currency: string; orders: number; revenue: number }[]
  }[]
  brokenRecords: number
}

const today = new Date().toISOString().slice(0, 10)

let stack: Stack
let folder: string
let service: ChildProcess | undefined
let address: string
test.before(async () => {
  if (!program) return
  folder = mkdtempSync(join(tmpdir(), 'sales-report-'))
  stack = await startStack()
})
test.after.always(async () => {
  service?.kill('SIGKILL')
  await stack?.stop()
  if (folder) rmSync(folder, { recursive: true })
})

const kafka = () => kafkaClient({ brokers: stack.sources.kafkaBrokers, clientId: 'sales-report-test' })

async function start(env: Record<string, string> = {}): Promise<void> {
  const settings = {
    PORT: '0',
    KAFKA_BROKERS: stack.sources.kafkaBrokers.join(','),
    DATABASE_FILE: join(folder, 'report.sqlite'),
    ...env,
  }
  const child = spawn(program, [join(example, 'main.py')], {
    env: { PATH: process.env.PATH, ...settings },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  service = child
  for await (const line of createInterface({ input: child.stdout })) {
    const { message, port } = JSON.parse(line) as { message: string; port?: number }
    if (message !== 'listening') continue
    address = `http://127.0.0.1:${port}`
    break
  }
  child.stdout.resume()
  await until('it is ready', async () => (await fetch(`${address}/readyz`)).ok)
}

async function end(signal: NodeJS.Signals): Promise<number | null> {
  if (!service) throw new Error('it was not started')
  const gone = once(service, 'exit')
  service.kill(signal)
  const [status] = (await gone) as [number | null]
  return status
}

const get = async <T>(path: string): Promise<T> => (await fetch(`${address}${path}`)).json() as Promise<T>

/** Sums all days since these tests began, because midnight may pass. */
async function reported() {
  const days = (await get<Report>('/report')).days.filter(({ day }) => day >= today)
  const sum = (of: 'placed' | 'completed' | 'cancelled' | 'rejected') => days.reduce((total, day) => total + day[of], 0)
  const sales = days.flatMap(day => day.sales)
  return {
    placed: sum('placed'),
    completed: sum('completed'),
    cancelled: sum('cancelled'),
    rejected: sum('rejected'),
    sold: sales.reduce((total, { orders }) => total + orders, 0),
    revenue: sales.reduce((total, { revenue }) => total + revenue, 0),
  }
}

/**
 * An order for an unknown item was never placed, nor was one that is unknown itself, so they do not count. Lines that
 * were cancelled are not sold.
 */
async function known() {
  const [row] = await query<Awaited<ReturnType<typeof reported>>>(
    stack.sources.orders,
    `
    SELECT count(*) FILTER (WHERE coalesce(reason, '') NOT LIKE 'unknown_%')::int AS placed, count(*) FILTER (WHERE status = 'completed')::int AS completed,
      count(*) FILTER (WHERE status = 'cancelled')::int AS cancelled, count(*) FILTER (WHERE status = 'rejected')::int AS rejected,
      count(*) FILTER (WHERE status = 'completed')::int AS sold, coalesce(sum(total - coalesce(price_cancelled, 0)) FILTER (WHERE status = 'completed'), 0)::int AS revenue
    FROM orders
    LEFT JOIN (SELECT order_id AS id, sum(cancelled * unit_price) AS price_cancelled FROM order_lines GROUP BY order_id) AS lines USING (id)
    WHERE created_at >= $1::timestamptz`,
    [`${today}T00:00:00Z`],
  )
  return row!
}

const caughtUp = () =>
  until('it has read everything', async () =>
    (await groupLags(kafka())).some(
      ({ group, topic, lag }) => group === 'sales-report' && topic === 'order-events' && lag === 0,
    ),
  )

/** By its own database, since it commits no offsets to Kafka. */
function recordsRead(file: string): number {
  const db = new DatabaseSync(join(folder, file), { readOnly: true })
  try {
    return Number(db.prepare('SELECT coalesce(sum(next_offset), 0) AS read FROM positions').get()?.read)
  } finally {
    db.close()
  }
}

async function ordersOfTheTopic(): Promise<IncomingRecord[]> {
  const records: IncomingRecord[] = []
  await tail({
    kafka: { brokers: stack.sources.kafkaBrokers, clientId: 'sales-report-test' },
    topics: ['order-events'],
    from: 'beginning',
    follow: false,
    signal: AbortSignal.timeout(30_000),
    onRecord: record => void records.push(record),
    onState: () => undefined,
  })
  return records
}

withPython(`the tests of the service itself pass${because}`, async t => {
  await t.notThrowsAsync(promisify(execFile)(program, ['-m', 'unittest', 'discover'], { cwd: example }))
})

withPython(
  `a report by a service in Python is what order-service knows, though it was killed in the middle${because}`,
  async t => {
    slow(t, 6, 'the service is killed, and its group waits for the end of its session')
    await start()
    const mug = await stack.item('mug', 100, 450)
    const customer = await stack.customer()
    const makeOrders = () =>
      Promise.all(
        Array.from({ length: 12 }, (_, n) =>
          stack.order(customer, n % 4 === 0 ? { [mug]: 1_000 } : { [mug]: n }, n % 5 === 1 ? 'tok_declined' : 'tok_ok'),
        ),
      )
    const before = await reported()
    const orders = await makeOrders()
    await until('it has consumed some of them', async () => (await reported()).placed > before.placed)
    await end('SIGKILL')
    orders.push(...(await makeOrders()), await stack.order(customer, { unicorn: 1 }))
    await start()
    await Promise.all(orders.map(order => stack.end(order)))
    await caughtUp()
    const expected = await known()
    t.true(expected.completed > 0 && expected.cancelled > 0 && expected.rejected > 0)
    t.deepEqual(await reported(), expected)
  },
)

withPython(
  `its topic sent a second time, and read again from its beginning, changes nothing in its report${because}`,
  async t => {
    const before = await reported()
    const records = await ordersOfTheTopic()
    await produceOnce(
      kafka(),
      records.map(({ topic, key, value, headers }) => ({
        topic,
        key: String(key),
        value,
        headers: headers as Record<string, Buffer>,
      })),
    )
    t.is((await ordersOfTheTopic()).length, 2 * records.length)
    await caughtUp()
    t.deepEqual(await reported(), before)
    await end('SIGKILL')
    await start({ DATABASE_FILE: join(folder, 'another.sqlite') }) // it knows nothing, whatever the offsets in Kafka say
    await until('it has read all of it', async () => recordsRead('another.sqlite') === 2 * records.length)
    t.deepEqual(await reported(), before)
  },
)

withPython(`a broken record is stored with its reason, and the service goes on${because}`, async t => {
  const headers = { ce_id: 'broken', ce_type: 'order.created', ce_time: '2026-01-31T12:00:00Z', ce_sequence: '1' }
  const { brokenRecords } = await get<Report>('/report')
  await produceOnce(kafka(), [{ topic: 'order-events', key: 'broken', value: '{"orderId":', headers }])
  const mug = await stack.item('mug', 10)
  const { completed } = await reported()
  await stack.end(await stack.order(await stack.customer(), { [mug]: 1 }))
  await until('the next order is in the report', async () => (await reported()).completed === completed + 1)
  await until(
    'the broken one is counted',
    async () => (await get<Report>('/report')).brokenRecords === brokenRecords + 1,
  )
  t.like(
    (await get<{ reason: string; key: string }[]>('/broken-records')).find(({ reason }) => reason === 'not_json'),
    { key: Buffer.from('broken').toString('base64') },
  )
})

withPython(
  `it ends cleanly when it is told to, and says everything that is wrong with its environment${because}`,
  async t => {
    t.is(await end('SIGTERM'), 0)
    const wrong = promisify(execFile)(program, [join(example, 'main.py')], {
      env: { PATH: process.env.PATH, PORT: 'x', LOG_LEVEL: 'loud' },
    })
    const error = await t.throwsAsync<Error & { code: number; stderr: string }>(wrong)
    t.is(error.code, 78)
    t.regex(error.stderr, /PORT: x is not a port.*\n.*LOG_LEVEL: loud/)
  },
)
