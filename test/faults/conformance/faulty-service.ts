/**
 * A payment service in a page, which does everything right, or one thing wrong: the environment says which (FAULT). It
 * charges for stock.reserved, gives the money back for order.cancelled, and has its tables in SQLite (STATE_DIR).
 */
import { randomUUID } from 'node:crypto'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as pause } from 'node:timers/promises'
import type { DataOf } from '@docket/contract/event.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { toDeadLetter } from '@docket/kafka/dead-letter-record.ts'
import { recordProducer } from '@docket/kafka/producer.ts'
import {
  header,
  isMalformed,
  isUnknownEvent,
  parseRecord,
  toRecord,
  type IncomingRecord,
  type Malformed,
  type OutgoingRecord,
} from '@docket/kafka/record-codec.ts'
import type { PlantedFault } from './faults.ts'

const { FAULT, GROUP = '', PORT, STATE_DIR = '', KAFKA_BROKERS = '', TOPICS = '' } = process.env
const topics = JSON.parse(TOPICS) as { orders: string; stock: string; payments: string }
const has = (fault: PlantedFault) => FAULT === fault

const db = new DatabaseSync(join(STATE_DIR, 'payments.sqlite'))
db.exec(`
  PRAGMA journal_mode = WAL;
  CREATE TABLE IF NOT EXISTS payments (order_id TEXT PRIMARY KEY, state TEXT NOT NULL, data TEXT);
  CREATE TABLE IF NOT EXISTS outbox (n INTEGER PRIMARY KEY AUTOINCREMENT, record TEXT NOT NULL)`)
if (has('claims in memory')) db.exec('DELETE FROM payments')

const changed = (sql: string, ...values: (string | null)[]) => Number(db.prepare(sql).run(...values).changes) > 0

function publish(type: 'payment.succeeded' | 'payment.refunded', key: string, sequence: number, data: string): void {
  const envelope = { id: randomUUID(), type, source: '/payment-service', key, time: new Date().toISOString(), sequence }
  const record = toRecord(topics.payments, { ...envelope, payload: data })
  if (has('sequence stands still')) record.headers.ce_sequence = '1'
  if (has('no ce_subject')) delete record.headers.ce_subject
  changed('INSERT INTO outbox (record) VALUES (?)', JSON.stringify(record))
}

function charge(orderId: string, { total, currency }: DataOf['stock.reserved']): void {
  const data = JSON.stringify({ orderId, paymentId: randomUUID(), amount: total, currency })
  const isClaimed = changed(`INSERT INTO payments VALUES (?, 'charged', ?) ON CONFLICT DO NOTHING`, orderId, data)
  if (isClaimed || has('acts on each delivery')) publish('payment.succeeded', orderId, 1, data)
}

function cancel(orderId: string): void {
  const isVoid =
    !has('drops what comes too early') &&
    changed(`INSERT INTO payments VALUES (?, 'void', NULL) ON CONFLICT DO NOTHING`, orderId)
  if (isVoid) return
  if (!changed(`UPDATE payments SET state = 'refunded' WHERE order_id = ? AND state = 'charged'`, orderId)) return
  const row = db.prepare('SELECT data FROM payments WHERE order_id = ?').get(orderId)
  publish('payment.refunded', orderId, 2, String(row?.data))
}

const known: Record<string, string> = {
  'stock.reserved': 'orderId customerId total currency paymentToken',
  'order.cancelled': 'orderId reason detail cancelledBy',
}

function handle(record: IncomingRecord): Malformed | undefined {
  const type = header(record, 'ce_type') ?? ''
  const fields = known[type]
  if (fields === undefined)
    return has('dead-letters unknown types') ? { reason: 'unknown_type', message: `${type} is not known` } : undefined
  const event = parseRecord(record)
  if (isMalformed(event)) return event
  if (isUnknownEvent(event)) return undefined
  const strange = Object.keys(event.data).find(field => !fields.split(' ').includes(field))
  if (strange !== undefined && has('refuses unknown fields'))
    return { reason: 'breaks_contract', message: `${strange} is not known` }
  if (event.type === 'stock.reserved') charge(event.key, event.data)
  if (event.type === 'order.cancelled') cancel(event.key)
  return undefined
}

function inTransaction<T>(work: () => T): T {
  db.exec('BEGIN IMMEDIATE')
  const result = work()
  db.exec('COMMIT')
  return result
}

const kafka = kafkaClient({ brokers: KAFKA_BROKERS.split(','), clientId: GROUP })
const producer = recordProducer(kafka)
const consumer = kafka.consumer({ groupId: GROUP, sessionTimeout: 10_000, allowAutoTopicCreation: false })
let isReading = false
let handled = 0

async function send(records: readonly OutgoingRecord[]): Promise<void> {
  const { failure } = await producer.send(records)
  if (failure) throw failure
}

async function sendOutbox(): Promise<void> {
  const rows = db.prepare('SELECT n, record FROM outbox ORDER BY n').all()
  if (rows.length === 0) return
  await send(rows.map(({ record }) => JSON.parse(String(record)) as OutgoingRecord))
  changed('DELETE FROM outbox WHERE n <= ?', String(rows.at(-1)?.n))
}

async function consumeBatch(records: readonly IncomingRecord[], commit: () => Promise<void>): Promise<void> {
  if (has('commits before the work')) {
    await commit()
    await pause(300)
  }
  const broken = inTransaction(() =>
    records.flatMap(record => {
      const wrong = handle(record)
      return wrong ? [{ record, ...wrong }] : []
    }),
  )
  while (broken.length > 0 && has('stops at poison')) await pause(100)
  const letters = broken.map(letter => toDeadLetter(letter, GROUP))
  if (has('letters without their origin')) for (const { headers } of letters) delete headers.dlq_offset
  if (!has('drops poison')) await send(letters)
  await sendOutbox()
  handled += records.length
  if (!has('commits nothing')) await commit()
}

const isAlive = () => !(has('livez tells of the queue') && handled > 2)

const server = createServer(({ url }, answer) => {
  const isGood = url === '/livez' ? isAlive() : isReading && !has('never ready')
  answer.writeHead(isGood ? 200 : 503).end()
})
server.listen(Number(PORT), '127.0.0.1')

process.on('SIGTERM', () => {
  if (has('deaf to SIGTERM')) return
  void consumer.disconnect().then(() => process.exit(0))
})

await Promise.all([producer.connect(), consumer.connect()])
await sendOutbox()
consumer.on(consumer.events.GROUP_JOIN, () => {
  isReading = true
})
await consumer.subscribe({ topics: [topics.orders, topics.stock], fromBeginning: true })
await consumer.run({
  autoCommit: false,
  async eachBatch({ batch: { topic, partition, messages }, heartbeat }) {
    const last = messages.at(-1)
    if (!last) return
    await heartbeat()
    await consumeBatch(
      messages.map(message => ({ ...message, topic, partition, headers: message.headers ?? {} })),
      () => consumer.commitOffsets([{ topic, partition, offset: String(Number(last.offset) + 1) }]),
    )
  },
})
