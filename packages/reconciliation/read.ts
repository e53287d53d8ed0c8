import { topicStarts } from '@docket/kafka/admin.ts'
import { kafkaClient, type KafkaSettings } from '@docket/kafka/client.ts'
import { isRedriveMark, deadLetterIn } from '@docket/kafka/dead-letter-queue.ts'
import { topics } from '@docket/contract/generated/contract.ts'
import { isMalformed, isUnknownEvent, parseRecord, type IncomingRecord } from '@docket/kafka/record-codec.ts'
import { tail } from '@docket/kafka/tail.ts'
import { deadLetterTopic } from '@docket/kafka/topics.ts'
import type { Sources } from './sources.ts'
import {
  emptyHistory,
  type Snapshot,
  type ClaimEntry,
  type History,
  type ItemEntry,
  type Letter,
  type OrderEntry,
  type PaymentEntry,
} from './snapshot.ts'
import { ledgerOf } from './ledger.ts'
import { query } from './query.ts'

const readWithinMs = 120_000
const rows = <Row>(url: string, sql: string) => query<Row>(url, sql, [], 60_000) // whole tables

export async function readSnapshot(at: Sources): Promise<Snapshot> {
  // the marks after the tables, as no service deletes what order-service has not passed yet; the topics last, as what a
  // database knows by now is in its topic, or in its outbox
  const [orders, promised, items, claims, payments, ledger, shipments] = await Promise.all([
    byId(rows<OrderEntry & { id: string }>(at.orders, orderSql)),
    rows<Snapshot['promised'][number]>(at.orders, promisedSql),
    rows<ItemEntry>(at.inventory, itemSql),
    byId(rows<ClaimEntry & { id: string }>(at.inventory, 'SELECT order_id AS id, status, version FROM claims')),
    byId(rows<PaymentEntry & { id: string; paymentId: string }>(at.payments, paymentSql)),
    ledgerOf(at),
    rows<{ id: string }>(at.shipping, 'SELECT order_id AS id FROM shipments'),
  ])
  return {
    orders,
    promised,
    items,
    claims,
    ...ledger,
    shipments: new Set(shipments.map(({ id }) => id)),
    past: await readPast(at),
    payments: new Map([...payments].map(([id, { paymentId, ...payment }]) => [id, { ...payment, id: paymentId }])),
    ...(await readTopics({ brokers: at.kafkaBrokers, clientId: 'reconciliation', ...at.kafkaSecurity })),
  }
}

async function readPast(at: Sources): Promise<Snapshot['past']> {
  const [[marks], [newest]] = await Promise.all([
    rows<{ detailsBefore: string; detailsKept: string[]; ordersBefore: string; ordersKept: string[] }>(
      at.orders,
      `SELECT details_before AS "detailsBefore", details_kept AS "detailsKept", orders_before AS "ordersBefore", orders_kept AS "ordersKept"
       FROM purge_marks`,
    ),
    rows<{ payment: string | null }>(at.payments, 'SELECT newest_payment AS payment FROM purge_marks'),
  ])
  if (!marks) throw new Error('purge_marks of order-service has no row')
  return {
    details: { before: marks.detailsBefore, kept: new Set(marks.detailsKept) },
    orders: { before: marks.ordersBefore, kept: new Set(marks.ordersKept) },
    newestPayment: newest?.payment ?? null,
  }
}

const orderSql = `
  SELECT id, status, coalesce(reason = 'unknown_order', false) AS "isUnknown", total::float8 AS total, currency, version, extract(epoch FROM now() - updated_at)::float8 AS "quietSeconds", extract(epoch FROM now() - created_at)::float8 AS "ageSeconds", coalesce(entries.events, '{}') AS timeline
  FROM orders LEFT JOIN (SELECT order_id, array_agg(event ORDER BY position) AS events FROM timeline GROUP BY 1) AS entries ON order_id = id`

// a reference says who charged it; references of the simulated provider begin with sim_
const paymentSql = `
  SELECT order_id AS id, id AS "paymentId", status, amount::float8 AS amount, currency, version,
    coalesce(provider_ref NOT LIKE 'sim\\_%' AND amount > 0, false) AS "isExternal"
  FROM payments`

const promisedSql = `
  SELECT key, body->>'id' AS "orderId" FROM idempotency_keys WHERE scope LIKE '% POST /orders' AND status = 201`

const itemSql = `
  WITH ledger AS (SELECT sku, sum(available)::float8 AS available, sum(reserved)::float8 AS reserved, sum(shipped)::float8 AS shipped FROM movements GROUP BY sku),
       reserved_for AS (
         SELECT sku, coalesce(sum(quantity) FILTER (WHERE status = 'reserved'), 0)::float8 AS held, coalesce(sum(quantity) FILTER (WHERE status = 'committed'), 0)::float8 AS gone
         FROM reservations JOIN claims USING (order_id) GROUP BY sku)
  SELECT sku, version, extract(epoch FROM now() - items.created_at)::float8 AS "ageSeconds", items.received, items.available, items.reserved, items.shipped, coalesce(held, 0) AS held, coalesce(gone, 0) + coalesce(purged.committed, 0)::float8 AS gone,
    json_build_object('available', coalesce(ledger.available, 0) + coalesce(purged.available, 0), 'reserved', coalesce(ledger.reserved, 0) + coalesce(purged.reserved, 0),
      'shipped', coalesce(ledger.shipped, 0) + coalesce(purged.shipped, 0)) AS moved
  FROM items LEFT JOIN ledger USING (sku) LEFT JOIN reserved_for USING (sku) LEFT JOIN purged_stock AS purged USING (sku)`

async function byId<Row extends { id: string }>(found: Promise<Row[]>): Promise<Map<string, Row>> {
  return new Map((await found).map(row => [row.id, row]))
}

type Topics = Pick<Snapshot, 'histories' | 'letters' | 'broken' | 'completeForSeconds'>

async function readTopics(kafka: KafkaSettings): Promise<Topics> {
  const histories = new Map<string, Map<string, History>>(topics.map(({ topic }) => [topic, new Map()]))
  const idOf = new Map<string, string>()
  const letters: Letter[] = []
  const broken = new Set<string>()
  const trimmed = await trimmedPartitions(kafka)
  const onRecord = (record: IncomingRecord) => {
    const history = histories.get(record.topic)
    if (!history) return void (isRedriveMark(record) || letters.push(deadLetterIn(record)))
    const isTrimmed = trimmed.note(record)
    const event = parseRecord(record)
    if (isMalformed(event)) broken.add(`${record.topic}/${record.partition}/${record.offset}`)
    else if (!isUnknownEvent(event)) enter(history, idOf, record.topic, event, isTrimmed)
  }
  await tail({
    kafka,
    topics: topics.flatMap(({ topic }) => [topic, deadLetterTopic(topic)]),
    from: 'beginning',
    follow: false,
    onRecord,
    onState: () => undefined,
    signal: AbortSignal.timeout(readWithinMs),
  })
  return { histories, letters, broken, completeForSeconds: trimmed.completeForSeconds() }
}

async function trimmedPartitions(kafka: KafkaSettings) {
  const starts = await topicStarts(
    kafkaClient(kafka),
    topics.map(({ topic }) => topic),
  )
  const oldestMs = new Map<string, Map<number, number>>()
  for (const { topic, partition, start } of starts)
    if (start > 0) oldestMs.set(topic, (oldestMs.get(topic) ?? new Map<number, number>()).set(partition, Date.now()))
  return {
    note({ topic, partition, timestamp }: IncomingRecord): boolean {
      const partitions = oldestMs.get(topic)
      const known = partitions?.get(partition)
      if (known === undefined) return false
      partitions?.set(partition, Math.min(known, Number(timestamp)))
      return true
    },
    completeForSeconds: () =>
      new Map(
        [...oldestMs].map(([topic, partitions]) => [topic, (Date.now() - Math.max(...partitions.values())) / 1_000]),
      ),
  }
}

/**
 * A sequence that has occurred is a repetition, unless it comes with another event. In a trimmed partition a history may
 * begin with any sequence, and an earlier one than that repeats an event that was deleted.
 */
function enter(
  histories: Map<string, History>,
  idOf: Map<string, string>,
  topic: string,
  event: { key: string; type: string; sequence: number; id: string },
  isTrimmed: boolean,
): void {
  const history = histories.get(event.key) ?? emptyHistory()
  if (history.last === 0) histories.set(event.key, history)
  const position = `${topic}/${event.key}/${event.sequence}`
  const before = idOf.get(position)
  if (before !== undefined) {
    if (before !== event.id)
      history.doubles.push(`two events have the sequence ${event.sequence}, ${event.type} is one of them`)
    return
  }
  idOf.set(position, event.id)
  if (isTrimmed && event.sequence < history.first) return
  const isFirst = history.last === 0
  if (isFirst) history.first = isTrimmed ? event.sequence : 1
  if (event.sequence !== (isFirst ? history.first : history.last + 1))
    history.jumps.push(`${event.type} with sequence ${event.sequence} came after ${history.last}`)
  history.types.push(event.type)
  history.last = Math.max(history.last, event.sequence)
}
