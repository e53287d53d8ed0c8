import { isId } from '@docket/contract/mask.ts'
import { ledgerOf } from './ledger.ts'
import type { Snapshot } from './snapshot.ts'
import type { Sources } from './sources.ts'
import {
  changedOrders,
  knownOrders,
  readClaims,
  readItems,
  readOrders,
  readPast,
  readPayments,
  readPromised,
  readShipments,
  readStock,
} from './tables.ts'
import { readTopics } from './topics.ts'

const clocksDifferMs = 60_000 // between the databases, and this one

/**
 * With a mark: only orders that have changed since, and what happened to them since. Stock is always read whole, as its
 * sums are of all orders; the database makes them.
 */
export async function readSnapshot(at: Sources, since?: Date): Promise<Snapshot> {
  const orderIds = since && (await changedOrders(at, new Date(since.getTime() - clocksDifferMs)))
  // The marks come after the tables, as no service deletes what order-service has not passed yet. The topics come last,
  // as by then whatever a database knows is in its topic or its outbox.
  const [orders, promised, items, stock, claims, payments, shipments] = await Promise.all([
    readOrders(at, orderIds),
    readPromised(at, since),
    readItems(at),
    readStock(at),
    readClaims(at, orderIds),
    readPayments(at, orderIds),
    readShipments(at, orderIds),
  ])
  const snapshot: Snapshot = {
    orders,
    promised,
    items,
    stock,
    claims,
    payments,
    shipments,
    ...(await ledgerOf(at, since && { since, payments: [...payments.values()] })),
    past: await readPast(at),
    ...(await readTopics({ brokers: at.kafkaBrokers, clientId: 'reconciliation', ...at.kafkaSecurity }, since)),
  }
  return since ? { ...snapshot, histories: await withoutUnchanged(at, snapshot) } : snapshot
}

/** An event may be published long after its change, so that its order is not among those that have changed since. */
async function withoutUnchanged(at: Sources, { histories, orders }: Snapshot): Promise<Snapshot['histories']> {
  const others = [...histories.values()].flatMap(byKey =>
    [...byKey.keys()].filter(key => !orders.has(key) && isId(key)),
  )
  const unchanged = await knownOrders(at, others)
  return new Map(
    [...histories].map(([topic, byKey]) => [topic, new Map([...byKey].filter(([key]) => !unchanged.has(key)))]),
  )
}
