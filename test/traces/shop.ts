import type { ExecutionContext } from 'ava'
import { authenticator } from '@docket/chassis/http/auth.ts'
import type { Route } from '@docket/chassis/http/route.ts'
import type { Handlers } from '@docket/chassis/messaging/handlers.ts'
import { publish } from '@docket/chassis/messaging/outbox.ts'
import type { DocketEvent, EventOf } from '@docket/contract/event.ts'
import { handlers as inventoryHandlers } from '@docket/inventory-service/src/stock.handlers.ts'
import { routes as inventoryRoutes } from '@docket/inventory-service/src/item.routes.ts'
import { handlers as orderHandlers } from '@docket/order-service/src/order.handlers.ts'
import { acceptPaid } from '@docket/order-service/src/order.sweeps.ts'
import { intakeOf } from '@docket/order-service/src/order.intake.ts'
import { orderLimits } from '@docket/order-service/src/order.limits.ts'
import { routes as orderRoutes } from '@docket/order-service/src/order.routes.ts'
import { handlers as paymentHandlers } from '@docket/payment-service/src/payment.handlers.ts'
import { routes as paymentRoutes } from '@docket/payment-service/src/payment.routes.ts'
import { processPayments } from '@docket/payment-service/src/payment.sweeps.ts'
import { simulatedProvider } from '@docket/payment-service/src/provider.simulated.ts'
import { watchProvider } from '@docket/payment-service/src/provider.steps.ts'
import { refundRoutes } from '@docket/payment-service/src/refund.routes.ts'
import { processRefunds } from '@docket/payment-service/src/refund.sweeps.ts'
import { locationRoutes } from '@docket/shipping-service/src/location.routes.ts'
import { returnRoutes } from '@docket/shipping-service/src/return.routes.ts'
import { handlers as shippingHandlers } from '@docket/shipping-service/src/shipment.handlers.ts'
import { routes as shippingRoutes } from '@docket/shipping-service/src/shipment.routes.ts'
import { call } from '@docket/test/support/client.ts'
import { again, anEvent, type Lines } from '@docket/test/support/events.ts'
import { keys, operatorToken, token } from '@docket/test/support/http-server.ts'
import { aConsumer, type TestConsumer } from '@docket/test/support/listener.ts'
import { aServer } from '@docket/test/support/service-endpoints.ts'
import { runSweeps } from '@docket/test/support/sweeps.ts'

type Name = 'order' | 'inventory' | 'payment' | 'shipping'

/** A topic as one consumer group reads it. */
type Channel = `${Name} -> ${Name}`

const names: readonly Name[] = ['order', 'inventory', 'payment', 'shipping']
const channels = names.flatMap(from => names.map((to): Channel => `${from} -> ${to}`))

const prices: Readonly<Record<string, number>> = { mug: 300, plate: 400 }

export type Shop = Awaited<ReturnType<typeof aShop>>

/**
 * The four services that fulfil orders, in one process, each with its handlers, routes and sweeps on a database of its
 * own. Topics are lists: a test says which events are consumed when, and nothing happens by itself.
 */
export async function aShop(t: ExecutionContext, { handover = 'auto' }: { handover?: 'auto' | 'manual' } = {}) {
  const windowMs = 900_000
  const limits = orderLimits(600)
  const intake = intakeOf({ ceiling: 1_000, waitMs: 3_000 })
  const log = { warn: () => undefined, info: () => undefined }
  const watch = watchProvider(log)
  const [orders, inventory, payment, shipping] = await Promise.all([
    aService(
      t,
      'order-service',
      orderHandlers,
      orderRoutes({ windowMs, stuckAfterMs: 30_000, unconsumed: async () => new Map(), intake, limits }),
    ),
    aService(t, 'inventory-service', inventoryHandlers, inventoryRoutes),
    aService(t, 'payment-service', paymentHandlers, [...paymentRoutes(watch.state), ...refundRoutes]),
    aService(t, 'shipping-service', shippingHandlers, [...shippingRoutes, ...returnRoutes, ...locationRoutes]),
  ])
  const services: Record<Name, Service> = { order: orders, inventory, payment, shipping }
  const provider = simulatedProvider(payment.db)
  const sweeps = [
    processPayments(() => provider, watch.charges, log),
    processRefunds(() => provider, watch.refunds, log),
  ]

  const published: Record<Name, DocketEvent[]> = { order: [], inventory: [], payment: [], shipping: [] }
  const consumed = new Map<Channel, number>()

  async function collect(name: Name): Promise<void> {
    for (const { type, key, data, sequence } of await services[name].published())
      published[name].push(anEvent(type, key, data as never, sequence) as DocketEvent)
  }

  const ofChannel = (channel: Channel) => {
    const [from, to] = channel.split(' -> ') as [Name, Name]
    return { events: published[from].filter(({ type }) => type in services[to].handlers), to: services[to] }
  }

  async function consume(channel: Channel): Promise<boolean> {
    const { events, to } = ofChannel(channel)
    const batch = events.slice(consumed.get(channel) ?? 0)
    if (batch.length === 0) return false
    await to.receives(...batch)
    consumed.set(channel, events.length)
    return true
  }

  /** The position of the consumer moves back: what it has consumed comes again. */
  async function deliverAgain(channel: Channel, type: DocketEvent['type']): Promise<void> {
    const { events, to } = ofChannel(channel)
    const known = events.slice(0, consumed.get(channel) ?? 0).filter(event => event.type === type)
    t.true(known.length > 0, `${channel} has consumed no ${type}`)
    await to.receives(...known.map(again))
  }

  /** Until nothing is left to consume, to charge or to refund. Events of the channels that are held wait. */
  async function deliverAll(...held: Channel[]): Promise<void> {
    for (let isMoving = true; isMoving;) {
      isMoving = (await runSweeps(payment.db, sweeps)) > 0
      for (const name of names) await collect(name)
      for (const channel of channels.filter(one => !held.includes(one))) if (await consume(channel)) isMoving = true
    }
  }

  for (const [sku, unitPrice] of Object.entries(prices))
    await inventory.post('/items', { sku, name: sku, unitPrice, currency: 'EUR', quantity: 10 })
  await services.shipping.db.transaction(tx =>
    tx.query(`INSERT INTO locations (name, handover) VALUES ('shop', $1) ON CONFLICT DO NOTHING`, [handover]),
  )
  await shipping.patch('/locations/main', { handover })
  await deliverAll()

  return {
    services,
    deliverAgain,
    deliverAll,
    async publishedBy(name: Name) {
      await collect(name)
      return published[name]
    },
    async order(lines: Lines, paymentToken = 'tok_ok'): Promise<string> {
      const { status, body } = await orders.post('/orders', { lines: linesOf(lines), paymentToken }, customer)
      t.is(status, 201)
      return String(body.id)
    },
    /** An order that is accepted; its shipments are open, or have left, as the locations are. */
    async acceptedOrder(lines: Lines, ...held: Channel[]): Promise<string> {
      const id = await this.order(lines)
      await deliverAll(...held)
      return id
    },
    cancel: (id: string, lines?: Lines) =>
      orders.post(`/orders/${id}/cancel`, lines ? { lines: linesOf(lines) } : {}, customer),
    async requests(id: string) {
      const { body } = await orders.get(`/orders/${id}/cancel-requests`)
      return (body.items as { status: string }[]).map(({ status }) => status)
    },
    async shipments(id: string) {
      const { status, body } = await shipping.get(`/orders/${id}/shipments`)
      return status === 404 ? [] : (body.items as ShipmentShown[])
    },
    async onlyShipment(id: string): Promise<string> {
      const [shipment, ...others] = await this.shipments(id)
      t.deepEqual(others, [])
      return shipment?.id ?? ''
    },
    async stockAt(location: string, sku: string) {
      const { rows } = await inventory.db.read.query<Record<string, number>>(
        `
        SELECT available, reserved, shipped, scrapped, lost, moved FROM items WHERE 'main' = $1 AND sku = $2
        UNION ALL
        SELECT available, reserved, shipped, scrapped, lost, moved FROM stock_elsewhere WHERE location = $1 AND sku = $2`,
        [location, sku],
      )
      return rows[0]
    },
    dispatch: (shipmentId: string, lines?: Lines) =>
      shipping.post(`/shipments/${shipmentId}/dispatch`, lines ? { lines: linesOf(lines) } : {}),
    /** What an operator says became of a shipment. */
    ends: (shipmentId: string, status: 'delivered' | 'undeliverable' | 'lost') =>
      shipping.post(`/shipments/${shipmentId}/outcome`, { status }),
    async askReturn(id: string, lines: Lines): Promise<string> {
      const { status, body } = await shipping.post('/returns', { orderId: id, lines: linesOf(lines) }, customer)
      t.is(status, 201)
      return String(body.id)
    },
    async returns(id: string) {
      const { body } = await shipping.get(`/orders/${id}/returns`)
      return body.items as ReturnShown[]
    },
    receive: (returnId: string, condition: 'restock' | 'scrap', lines: Lines, location = 'main') =>
      shipping.post(`/returns/${returnId}/receive`, {
        location,
        lines: linesOf(lines).map(line => ({ ...line, condition })),
      }),
    neverComes: (returnId: string) => shipping.post(`/returns/${returnId}/cancel`, {}),
    goodwill: (id: string, amount: number, key = 'goodwill') =>
      payment.post(`/orders/${id}/refunds`, { amount, reason: 'sorry' }, operator, { 'idempotency-key': key }),
    async show(id: string) {
      return (await orders.get(`/orders/${id}`)).body as unknown as OrderShown
    },
    async payment(id: string) {
      return (await payment.get(`/payments/${id}`)).body as unknown as PaymentShown
    },
    async refunds(id: string) {
      const { body } = await payment.get(`/orders/${id}/refunds`)
      return body.items as { id: string; amount: number; status: string; reason: string }[]
    },
    /** order-service's part of an event, as release 0.1.0 has it: a line in the timeline, and the next status. */
    async consumedByReleaseBefore(channel: Channel, id: string, type: 'stock.reserved' | 'stock.committed') {
      await collect('inventory')
      const { events } = ofChannel(channel)
      consumed.set(channel, events.length)
      await orders.db.transaction(async tx => {
        await tx.query('INSERT INTO timeline (order_id, event, service, at) VALUES ($1, $2, $3, now())', [
          id,
          type,
          'inventory-service',
        ])
        if (type === 'stock.reserved') return
        const { rows } = await tx.query<{ version: number }>(
          `UPDATE orders SET status = 'completed', version = version + 1 WHERE id = $1 AND status = 'accepted' RETURNING version`,
          [id],
        )
        await publish(tx, [
          { type: 'order.completed', key: id, sequence: rows[0]?.version ?? 0, data: { orderId: id } },
        ])
      })
    },
    sweepsOrders: () => acceptPaid(orders.db),
    async refundedByProvider(id: string) {
      const { rows } = await payment.db.read.query<{ refunded: number }>(
        `
        SELECT coalesce(sum(amount) FILTER (WHERE outcome = 'refunded'), 0)::int AS refunded
        FROM simulated_refunds WHERE charge_key = (SELECT id FROM payments WHERE order_id = $1)`,
        [id],
      )
      return rows[0]?.refunded ?? 0
    },
    retryRefund: (refundId: string) => payment.post(`/refunds/${refundId}/retry`, {}),
    /**
     * Some of what an order holds lies at another location, as if inventory-service had chosen it. To be called while
     * order-service has not yet consumed stock.reserved.
     */
    async liesAt(location: string, id: string, lines: Lines): Promise<void> {
      await collect('inventory')
      await inventory.db.transaction(async tx => {
        for (const { sku, quantity } of linesOf(lines)) {
          await tx.query(placing, [id, sku, location, quantity])
        }
      })
      const { rows } = await inventory.db.read.query<Placed>(
        `
        SELECT 'main' AS location, sku, quantity FROM reservations WHERE order_id = $1
        UNION ALL SELECT location, sku, quantity FROM reservations_elsewhere WHERE order_id = $1`,
        [id],
      )
      const reserved = published.inventory.find(
        (event): event is EventOf<'stock.reserved'> => event.type === 'stock.reserved' && event.key === id,
      )
      if (!reserved) throw new Error('nothing is reserved')
      reserved.data.allocations = rows
    },
  }
}

const [customer, operator] = [token(), operatorToken()]

type Service = TestConsumer & { handlers: Handlers } & {
  [method in 'post' | 'patch']: (path: string, body: object, who?: string, headers?: Record<string, string>) => Reply
} & { get: (path: string) => Reply }
type Reply = ReturnType<typeof call>

async function aService(
  t: ExecutionContext,
  name: Parameters<typeof aConsumer>[1],
  handlers: Handlers,
  routes: Route[],
): Promise<Service> {
  const consumer = await aConsumer(t, name, handlers)
  const url = await aServer(
    t,
    routes,
    consumer.db,
    authenticator(async () => keys.publicKey),
  )
  const sending =
    (method: string) =>
    (path: string, body?: object, who = operator, headers: Record<string, string> = {}) =>
      call(url + path, method, body, { authorization: `Bearer ${who}`, ...headers })
  return {
    ...consumer,
    handlers,
    get: path => sending('GET')(path),
    post: sending('POST'),
    patch: sending('PATCH'),
  }
}

const placing = `
  WITH piece AS (SELECT $1::uuid AS order_id, $2::text AS sku, $3::text AS location, $4::int AS quantity),
       left_main AS (
         UPDATE items SET reserved = reserved - quantity, received = received - quantity, moved = moved - quantity
         FROM piece WHERE items.sku = piece.sku),
       arrived AS (INSERT INTO stock_elsewhere (sku, location, reserved, moved) SELECT sku, location, quantity, quantity FROM piece),
       noted AS (
         INSERT INTO movements (order_id, sku, location, kind, reserved, moved)
         SELECT order_id, sku, 'main', 'reserved', -quantity, -quantity FROM piece
         UNION ALL SELECT order_id, sku, location, 'reserved', quantity, quantity FROM piece),
       held AS (INSERT INTO reservations_elsewhere SELECT order_id, sku, location, quantity FROM piece),
       gone AS (
         DELETE FROM reservations USING piece
         WHERE (reservations.order_id, reservations.sku, reservations.quantity) = (piece.order_id, piece.sku, piece.quantity))
  UPDATE reservations SET quantity = reservations.quantity - piece.quantity FROM piece
  WHERE (reservations.order_id, reservations.sku) = (piece.order_id, piece.sku) AND reservations.quantity > piece.quantity`

const linesOf = (lines: Lines) => Object.entries(lines).map(([sku, quantity]) => ({ sku, quantity }))

interface Placed {
  location: string
  sku: string
  quantity: number
}

interface ShipmentShown {
  id: string
  location: string
  status: 'open' | 'shipped' | 'delivered' | 'undeliverable' | 'lost' | 'cancelled'
  lines: { sku: string; quantity: number }[]
}

interface ReturnShown {
  id: string
  shipmentId: string
  kind: 'asked' | 'undeliverable' | 'lost' | 'found'
  status: 'requested' | 'received' | 'cancelled'
  lines: { sku: string; quantity: number; condition?: 'restock' | 'scrap' | 'lost' }[]
}

interface OrderShown {
  status: 'pending' | 'accepted' | 'completed' | 'cancelled' | 'rejected'
  lines: {
    sku: string
    quantity: number
    unitPrice: number
    cancelled: number
    shipped: number
    returned: number
  }[]
}

interface PaymentShown {
  status: string
  amount: number
  refunded: number
  owed: number
}
