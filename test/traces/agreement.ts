import type { ExecutionContext } from 'ava'
import type { Shop } from './shop.ts'

/**
 * What must hold of an order when no event is left: the services agree by line and by location, the money kept is the
 * price of what the customer keeps, and every request is answered. The shop has no other order.
 */
export async function agrees(t: ExecutionContext, shop: Shop, id: string): Promise<void> {
  const order = await shop.show(id)
  const shipments = await shop.shipments(id)
  const returns = shipments.length > 0 ? await shop.returns(id) : []
  const isInForce = order.status === 'accepted' || order.status === 'completed'
  const stock = await stockOf(shop)

  const hasLeft = shipments.filter(({ status }) => status !== 'open' && status !== 'cancelled')
  const received = returns.filter(({ status }) => status === 'received')
  const came = received.flatMap(({ kind, lines }) => lines.map(line => ({ kind, ...line })))
  const count = (sku: string, pieces: readonly { sku: string; quantity: number }[]) =>
    pieces.filter(piece => piece.sku === sku).reduce((sum, { quantity }) => sum + quantity, 0)

  for (const { sku, quantity, cancelled, shipped, returned } of order.lines) {
    const out = count(
      sku,
      hasLeft.flatMap(({ lines }) => lines),
    )
    const open = shipments.filter(({ status }) => status === 'open')
    const lost = count(
      sku,
      came.filter(({ condition }) => condition === 'lost'),
    )
    const found = count(
      sku,
      came.filter(({ kind }) => kind === 'found'),
    )
    const back = count(
      sku,
      came.filter(({ condition }) => condition !== 'lost'),
    )
    const at = stock.filter(row => row.sku === sku)
    const sum = (number: 'available' | 'shipped' | 'scrapped' | 'lost') =>
      at.reduce((total, row) => total + row[number], 0)
    t.is(shipped, out, `L1 ${sku} shipped`)
    t.is(returned, back - found + lost, `L1 ${sku} returned`)
    if (isInForce)
      t.is(
        quantity,
        count(
          sku,
          open.flatMap(({ lines }) => lines),
        ) +
          out +
          cancelled,
        `L1 ${sku} ordered`,
      )
    for (const { location, reserved } of at) {
      const there = open.filter(shipment => shipment.location === location).flatMap(({ lines }) => lines)
      t.is(reserved, isInForce ? count(sku, there) : 0, `L1 ${sku} reserved at ${location}`)
    }
    t.is(sum('shipped'), out - back, `L1 ${sku} shipped, by the stock`)
    t.is(sum('lost'), lost - found, `L1 ${sku} lost, by the stock`)
    t.is(
      sum('scrapped'),
      count(
        sku,
        came.filter(({ condition }) => condition === 'scrap'),
      ),
      `L2 ${sku} scrapped`,
    )
  }
  for (const { sku, location, ...row } of stock) {
    t.deepEqual(
      row.ledger,
      [row.available, row.reserved, row.shipped, row.scrapped, row.lost, row.moved],
      `L2 ${sku}, ${location}`,
    )
    t.is(
      row.received,
      row.available + row.reserved + row.shipped + row.scrapped - row.moved,
      `L2 ${sku} at ${location}`,
    )
  }

  const { amount, refunded, owed } = await shop.payment(id)
  const goodwill = (await shop.refunds(id)).filter(({ reason }) => reason === 'goodwill')
  const price = order.lines.reduce(
    (total, line) => total + line.unitPrice * (line.quantity - line.cancelled - line.returned),
    0,
  )
  const given = goodwill.reduce((total, refund) => total + refund.amount, 0)
  t.is(amount - refunded, isInForce ? Math.max(0, price - given) : 0, 'L3 money')
  t.is(owed, 0, 'L3 nothing is owed')
  t.is(refunded, await shop.refundedByProvider(id), 'L3 our refunds are those of the provider')
  t.false((await shop.requests(id)).includes('open'), 'L5 every request is answered')
}

interface StockRow {
  sku: string
  location: string
  received: number
  available: number
  reserved: number
  shipped: number
  scrapped: number
  lost: number
  moved: number
  ledger: number[]
}

async function stockOf({ services }: Shop): Promise<StockRow[]> {
  const { rows } = await services.inventory.db.read.query<StockRow>(`
    SELECT stock.*, coalesce(ledger.received, 0) AS received, ledger.numbers AS ledger
    FROM (
      SELECT sku, 'main' AS location, available, reserved, shipped, scrapped, lost, moved FROM items
      UNION ALL SELECT sku, location, available, reserved, shipped, scrapped, lost, moved FROM stock_elsewhere) AS stock
    JOIN (
      SELECT sku, location, (sum(available) FILTER (WHERE kind IN ('received', 'adjusted')))::int AS received,
        ARRAY[sum(available)::int, sum(reserved)::int, sum(shipped)::int, sum(scrapped)::int, sum(lost)::int, sum(moved)::int] AS numbers
      FROM movements GROUP BY sku, location) AS ledger USING (sku, location)`)
  return rows
}
