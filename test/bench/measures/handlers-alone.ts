import { handleBatch, type Handlers } from '@docket/chassis/messaging/handlers.ts'
import type { Database } from '@docket/chassis/database/database.ts'
import { newId } from '@docket/chassis/id.ts'
import type { OutboxRow } from '@docket/chassis/messaging/outbox-store.ts'
import { handlers as inventory } from '@docket/inventory-service/src/stock.handlers.ts'
import { insertItem } from '@docket/inventory-service/src/item.store.ts'
import type { DocketEvent } from '@docket/contract/event.ts'
import { handlers as orders } from '@docket/order-service/src/order.handlers.ts'
import { create } from '@docket/order-service/src/order.steps.ts'
import { handlers as payments } from '@docket/payment-service/src/payment.handlers.ts'
import { processPayments } from '@docket/payment-service/src/payment.sweeps.ts'
import { watchProvider } from '@docket/payment-service/src/provider.steps.ts'
import { providerNamed } from '@docket/payment-service/src/providers.ts'
import { handlers as shipping } from '@docket/shipping-service/src/shipment.handlers.ts'
import { aScratchDatabase, migrationsOf, type ServiceName } from '@docket/test/support/database.ts'
import { newOrder } from '../new-order.ts'
import { metered, type Metered } from '../others.ts'
import { figure, repeated, type Figure } from '../statistics.ts'

export interface HandlersAlone {
  batched: Metered<Figure>
  oneByOne: Metered<Figure>
}

const ordersPerTransaction = 100
const clients = [1, 4]
const windowMs = 900_000
const sku = 'bench'
const never = new AbortController().signal

export async function handlersAlone({
  repeats,
  seconds,
}: {
  repeats: number
  seconds: number
}): Promise<HandlersAlone> {
  const saga = await aSaga()
  try {
    await drive(saga, ordersPerTransaction, 1, 2)
    return {
      batched: await metered(() => batched(saga, repeats, seconds)),
      oneByOne: await metered(async () => figure(await repeated(repeats, () => drive(saga, 1, 1, seconds)))),
    }
  } finally {
    await saga.close()
  }
}

async function batched(saga: Saga, repeats: number, seconds: number): Promise<Figure> {
  const found: Figure[] = []
  for (const atOnce of clients)
    found.push(
      figure(await repeated(repeats, () => drive(saga, ordersPerTransaction, atOnce, seconds / clients.length))),
    )
  return found.reduce((a, b) => (a.median > b.median ? a : b))
}

async function drive(saga: Saga, batch: number, atOnce: number, seconds: number): Promise<number> {
  const fromMs = performance.now()
  const untilMs = fromMs + seconds * 1_000
  let done = 0
  await Promise.all(
    Array.from({ length: atOnce }, async () => {
      while (performance.now() < untilMs) done += await saga.fulfil(batch)
    }),
  )
  return (done / (performance.now() - fromMs)) * 1_000
}

interface Saga {
  fulfil(orders: number): Promise<number>
  close(): Promise<void>
}

async function aSaga(): Promise<Saga> {
  const open = async (service: ServiceName) => aScratchDatabase(migrationsOf(service), 'bench')
  const made = await Promise.all(
    (['order-service', 'inventory-service', 'payment-service', 'shipping-service'] as const).map(open),
  )
  const [orderDb, inventoryDb, paymentDb, shippingDb] = made.map(({ db }) => db) as [
    Database,
    Database,
    Database,
    Database,
  ]
  await inventoryDb.transaction(tx =>
    insertItem(tx, { sku, name: sku, unitPrice: 450, currency: 'EUR', quantity: 1_000_000_000 }),
  )

  const provider = await providerNamed('simulated')
  const charge = async (db: Database) => {
    const log = { warn: () => undefined, info: () => undefined }
    const sweep = processPayments(provider, watchProvider(log).charges, log)
    await sweep.run(db, never)
    await sweep.finish()
  }
  const services: { db: Database; handlers: Handlers; after?: (db: Database) => Promise<void> }[] = [
    { db: inventoryDb, handlers: inventory },
    { db: paymentDb, handlers: payments, after: charge },
    { db: shippingDb, handlers: shipping },
    { db: orderDb, handlers: orders },
  ]

  return {
    async fulfil(count) {
      let ended = 0
      let events = await publishedBy(orderDb, db =>
        db.transaction(tx =>
          create(
            tx,
            Array.from({ length: count }, () => newOrder(sku, newId())),
            windowMs,
          ),
        ),
      )
      while (events.length > 0) {
        const next: DocketEvent[] = []
        ended += events.filter(({ type }) => type === 'order.completed').length
        for (const { db, handlers, after } of services) {
          const consumed = events.filter(({ type }) => type in handlers)
          if (consumed.length === 0) continue
          next.push(
            ...(await publishedBy(db, async capturing => {
              await handleBatch(capturing, handlers, consumed)
              await after?.(capturing)
            })),
          )
        }
        events = next
      }
      return ended
    },
    close: async () => {
      await Promise.all(made.map(({ drop }) => drop()))
    },
  }
}

/**
 * The events that the work writes to the outbox. They are deleted from it, as the relay would; except for a single
 * order, whose figure includes only its own steps.
 */
async function publishedBy(db: Database, work: (db: Database) => Promise<unknown>): Promise<DocketEvent[]> {
  const rows: OutboxRow[] = []
  await work({
    ...db,
    transaction: (inner, causes) =>
      db.transaction(
        tx =>
          inner({
            ...tx,
            append(some) {
              rows.push(...some)
              tx.append(some)
            },
          }),
        causes,
      ),
  })
  if (rows.length > 1)
    await db.transaction(async tx =>
      tx.change('DELETE FROM outbox WHERE id IN (SELECT id FROM outbox ORDER BY id LIMIT $1 FOR UPDATE SKIP LOCKED)', [
        rows.length,
      ]),
    )
  return rows.map(toEvent)
}

const toEvent = ({ eventId, type, aggregateid, aggregatetype, sequence, time, payload }: OutboxRow) =>
  ({
    id: eventId,
    type,
    key: aggregateid,
    source: `/${aggregatetype}-service`,
    sequence,
    time,
    data: JSON.parse(payload) as unknown,
  }) as DocketEvent // the outbox holds only events that fit the contract
