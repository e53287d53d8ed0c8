import type { Tx } from '@docket/chassis/database/database.ts'
import { mainLocation, type MovementKind } from '@docket/contract/terms.ts'
import type { Holding } from './holdings.ts'
import { directions, type Movement, type PlacedPieces } from './stock-movements.ts'
import type { Line, Outcome } from './stock.ts'

const sorted = (ids: readonly string[]) => [...new Set(ids)].sort() // in different orders, two replicas deadlock

/**
 * Claims the created orders, and returns those that were not claimed before. The insert is the claim, and says that the
 * stock is reserved; saveReserved corrects that for the few orders that are rejected, so that the others need no update.
 * Each cancelled order that has not arrived yet gets a tombstone, so that a later claim fails.
 */
export async function claimOrders(
  tx: Tx,
  created: readonly string[],
  cancelled: readonly string[],
): Promise<Set<string>> {
  if (created.length === 0 && cancelled.length === 0) return new Set()
  const isCreated = new Set(created)
  const orderIds = sorted([...created, ...cancelled])
  const claim = `
    INSERT INTO claims (order_id, status) SELECT * FROM unnest($1::uuid[], $2::text[])
    ON CONFLICT DO NOTHING`
  const rows = [orderIds, orderIds.map(id => (isCreated.has(id) ? 'reserved' : 'void'))]
  if (created.length === 0) {
    tx.change(claim, rows)
    return new Set()
  }
  const { rows: claimed } = await tx.query<{ orderId: string }>(`${claim} RETURNING order_id AS "orderId"`, rows)
  return new Set(claimed.map(row => row.orderId))
}

/** The row of an item is the lock of its stock everywhere: `stock_elsewhere` changes only under it. */
export async function lockStock(
  tx: Tx,
  skus: readonly string[],
  orderIds: readonly string[],
): Promise<Map<string, number>> {
  const { rows } = await tx.query<{ sku: string; available: number }>(
    orderIds.length === 0
      ? 'SELECT sku, available FROM items WHERE sku = ANY($1::text[]) ORDER BY sku FOR UPDATE'
      : `
    SELECT sku, available FROM items
    WHERE sku IN (
      SELECT unnest($1::text[]) UNION SELECT sku FROM reservations WHERE order_id = ANY($2::uuid[])
      UNION SELECT sku FROM reservations_elsewhere WHERE order_id = ANY($2::uuid[]))
    ORDER BY sku FOR UPDATE`,
    orderIds.length === 0 ? [skus] : [skus, orderIds],
  )
  return new Map(rows.map(row => [row.sku, row.available]))
}

export function lockStockOf(tx: Tx, orderIds: readonly string[]): void {
  tx.change(
    `
    SELECT FROM items
    WHERE sku IN (
      SELECT sku FROM reservations WHERE order_id = ANY($1::uuid[])
      UNION ALL SELECT sku FROM reservations_elsewhere WHERE order_id = ANY($1::uuid[]))
    ORDER BY sku FOR UPDATE`,
    [orderIds],
  )
}

/** The rows are locked by lockStock. */
export function saveReserved(tx: Tx, lines: readonly Line[], outcomes: readonly Outcome[]): void {
  const rejected = outcomes.filter(outcome => !outcome.reserved)
  if (rejected.length > 0)
    tx.change(`UPDATE claims SET status = 'rejected' WHERE order_id = ANY($1::uuid[])`, [
      rejected.map(outcome => outcome.orderId),
    ])
  if (lines.length === 0) return
  tx.change(
    `
    INSERT INTO reservations (order_id, sku, quantity) SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[])`,
    [lines.map(l => l.orderId), lines.map(l => l.sku), lines.map(l => l.quantity)],
  )
}

/** By order; those without a claim or a tombstone are missing. */
export async function holdingsOf(tx: Tx, orderIds: readonly string[]): Promise<Map<string, Holding>> {
  const [{ rows: claims }, { rows: pieces }] = await Promise.all([
    tx.query<Pick<Holding, 'orderId' | 'status' | 'version'> & { counted: string[] | null }>(
      `
      SELECT order_id AS "orderId", status, version, refs AS counted
      FROM claims LEFT JOIN (
        SELECT order_id, array_agg(ref) AS refs FROM counted WHERE order_id = ANY($1::uuid[]) GROUP BY order_id
      ) AS counted USING (order_id)
      WHERE order_id = ANY($1::uuid[])`,
      [orderIds],
    ),
    tx.query<PlacedPieces & { orderId: string }>(
      `
      SELECT order_id AS "orderId", 'main' AS location, sku, quantity FROM reservations WHERE order_id = ANY($1::uuid[])
      UNION ALL
      SELECT order_id, location, sku, quantity FROM reservations_elsewhere WHERE order_id = ANY($1::uuid[])`,
      [orderIds],
    ),
  ])
  const byOrder = Map.groupBy(pieces, ({ orderId }) => orderId)
  return new Map(
    claims.map(claim => [
      claim.orderId,
      { ...claim, pieces: byOrder.get(claim.orderId) ?? [], counted: new Set(claim.counted) },
    ]),
  )
}

/** The caller has locked what the orders hold, so no condition is needed. */
export function saveHoldings(tx: Tx, before: ReadonlyMap<string, Holding>, after: ReadonlyMap<string, Holding>): void {
  const changed = [...after.values()].filter(holding => holding !== before.get(holding.orderId))
  tx.change(
    `
    UPDATE claims SET status = changed.status, version = changed.version, updated_at = now()
    FROM unnest($1::uuid[], $2::text[], $3::int[]) AS changed (order_id, status, version)
    WHERE claims.order_id = changed.order_id`,
    [changed.map(one => one.orderId), changed.map(one => one.status), changed.map(one => one.version)],
  )
  const counted = changed.flatMap(({ orderId, counted }) =>
    [...counted].filter(ref => !before.get(orderId)?.counted.has(ref)).map(ref => ({ orderId, ref })),
  )
  if (counted.length > 0)
    tx.change('INSERT INTO counted (order_id, ref) SELECT * FROM unnest($1::uuid[], $2::uuid[])', [
      counted.map(({ orderId }) => orderId),
      counted.map(({ ref }) => ref),
    ])
  const parts = changed.flatMap(holding => {
    const pieces = before.get(holding.orderId)?.pieces ?? []
    return pieces === holding.pieces ? [] : pieces.map(piece => leftOf(piece, holding))
  })
  savePieces(tx, parts)
}

type LeftPieces = PlacedPieces & { orderId: string }

const leftOf = ({ location, sku }: PlacedPieces, { orderId, pieces }: Holding): LeftPieces => ({
  orderId,
  location,
  sku,
  quantity: pieces.find(one => one.location === location && one.sku === sku)?.quantity ?? 0,
})

function savePieces(tx: Tx, parts: readonly LeftPieces[]): void {
  const { main, elsewhere } = byPlace(parts)
  if (main.length > 0)
    tx.change(
      `
      WITH part AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::int[]) AS p (order_id, sku, quantity)),
           gone AS (
             DELETE FROM reservations USING part
             WHERE reservations.order_id = part.order_id AND reservations.sku = part.sku AND part.quantity = 0)
      UPDATE reservations SET quantity = part.quantity FROM part
      WHERE reservations.order_id = part.order_id AND reservations.sku = part.sku AND part.quantity > 0`,
      [main.map(part => part.orderId), main.map(part => part.sku), main.map(part => part.quantity)],
    )
  if (elsewhere.length > 0)
    tx.change(
      `
      WITH part AS (
             SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::int[]) AS p (order_id, location, sku, quantity)),
           gone AS (
             DELETE FROM reservations_elsewhere AS held USING part
             WHERE (held.order_id, held.location, held.sku) = (part.order_id, part.location, part.sku)
               AND part.quantity = 0)
      UPDATE reservations_elsewhere AS held SET quantity = part.quantity FROM part
      WHERE (held.order_id, held.location, held.sku) = (part.order_id, part.location, part.sku) AND part.quantity > 0`,
      [
        elsewhere.map(part => part.orderId),
        elsewhere.map(part => part.location),
        elsewhere.map(part => part.sku),
        elsewhere.map(part => part.quantity),
      ],
    )
}

export interface Cause {
  orderId: string
  ref?: string
  movements: readonly Movement[]
}

/** The caller has locked the items; the checks of the tables are the safety net. */
export function saveMovements(tx: Tx, causes: readonly Cause[]): void {
  const movements = causes.flatMap(({ orderId, ref = null, movements }) =>
    movements.map(movement => ({ orderId, ref, ...movement })),
  )
  const kindOf = ({ kind, location }: Movement) => (location === mainLocation && isPlain(kind) ? kind : 'other')
  for (const [kind, some] of Map.groupBy(movements, kindOf))
    if (kind === 'other') saveOthers(tx, some)
    else savePlain(tx, kind, some)
}

type CausedMovement = Movement & { orderId: string; ref: string | null }

type PlainKind = keyof typeof directions

const isPlain = (kind: MovementKind): kind is PlainKind => kind in directions

/** The common case: what orders take at `main`, and give back there before it has left. */
function savePlain(tx: Tx, kind: PlainKind, movements: readonly CausedMovement[]): void {
  const { available, reserved, shipped } = directions[kind]
  tx.change(
    `
    WITH line AS (SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::int[]) AS l (order_id, ref, sku, quantity)),
         noted AS (
           INSERT INTO movements (order_id, ref, sku, kind, available, reserved, shipped)
           SELECT order_id, ref, sku, $5, quantity * $6::int, quantity * $7::int, quantity * $8::int FROM line)
    UPDATE items SET available = available + change.n * $6::int, reserved = reserved + change.n * $7::int,
      shipped = shipped + change.n * $8::int, updated_at = now()
    FROM (SELECT sku, sum(quantity)::int AS n FROM line GROUP BY sku) AS change
    WHERE items.sku = change.sku`,
    [
      movements.map(({ orderId }) => orderId),
      movements.map(({ ref }) => ref),
      movements.map(({ sku }) => sku),
      movements.map(movement => Math.abs(movement.reserved ?? 0)),
      kind,
      available,
      reserved,
      shipped,
    ],
  )
}

/** The release before knows no returns: it reads them as goods that had been shipped. */
function saveOthers(tx: Tx, movements: readonly CausedMovement[]): void {
  tx.change(
    `
    WITH movement AS (
           SELECT *, CASE WHEN kind IN ('reserved', 'released', 'shipped') THEN kind END AS old_kind
           FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::text[], $6::int[], $7::int[], $8::int[], $9::int[], $10::int[], $11::int[])
             AS m (order_id, ref, kind, location, sku, available, reserved, shipped, scrapped, lost, moved)),
         noted AS (
           INSERT INTO movements (order_id, ref, kind, return_kind, location, sku, available, reserved, shipped, scrapped, lost, moved)
           SELECT order_id, ref, coalesce(old_kind, 'shipped'), CASE WHEN old_kind IS NULL THEN kind END, location, sku, available, reserved, shipped, scrapped, lost, moved
           FROM movement)
    UPDATE items SET
      received = items.received + change.available + change.reserved + change.shipped,
      available = items.available + change.available, reserved = items.reserved + change.reserved,
      shipped = items.shipped + change.shipped, scrapped = items.scrapped + change.scrapped,
      lost = items.lost + change.lost, moved = items.moved + change.moved, updated_at = now()
    FROM (
      SELECT sku, sum(available)::int AS available, sum(reserved)::int AS reserved, sum(shipped)::int AS shipped,
        sum(scrapped)::int AS scrapped, sum(lost)::int AS lost, sum(moved)::int AS moved
      FROM movement WHERE location = 'main' GROUP BY sku) AS change
    WHERE items.sku = change.sku`,
    [
      movements.map(({ orderId }) => orderId),
      movements.map(({ ref }) => ref),
      movements.map(({ kind }) => kind),
      movements.map(({ location }) => location),
      movements.map(({ sku }) => sku),
      ...columnsOf(movements),
    ],
  )
  saveMovementsElsewhere(tx, byPlace(movements).elsewhere)
}

function saveMovementsElsewhere(tx: Tx, movements: readonly Movement[]): void {
  if (movements.length === 0) return
  const keys = [movements.map(({ sku }) => sku), movements.map(({ location }) => location)]
  tx.change(
    `
    INSERT INTO stock_elsewhere (sku, location) SELECT DISTINCT * FROM unnest($1::text[], $2::text[])
    ON CONFLICT (sku, location) DO NOTHING`,
    keys,
  )
  tx.change(
    `
    UPDATE stock_elsewhere AS stock SET
      available = stock.available + change.available, reserved = stock.reserved + change.reserved,
      shipped = stock.shipped + change.shipped, scrapped = stock.scrapped + change.scrapped,
      lost = stock.lost + change.lost, moved = stock.moved + change.moved
    FROM (
      SELECT sku, location, sum(available)::int AS available, sum(reserved)::int AS reserved,
        sum(shipped)::int AS shipped, sum(scrapped)::int AS scrapped, sum(lost)::int AS lost, sum(moved)::int AS moved
      FROM unnest($1::text[], $2::text[], $3::int[], $4::int[], $5::int[], $6::int[], $7::int[], $8::int[])
        AS m (sku, location, available, reserved, shipped, scrapped, lost, moved)
      GROUP BY sku, location) AS change
    WHERE stock.sku = change.sku AND stock.location = change.location`,
    [...keys, ...columnsOf(movements)],
  )
}

const numbers = ['available', 'reserved', 'shipped', 'scrapped', 'lost', 'moved'] as const

const columnsOf = (movements: readonly Movement[]) =>
  numbers.map(number => movements.map(movement => movement[number] ?? 0))

const byPlace = <T extends { location: string }>(all: readonly T[]) => ({
  main: all.filter(({ location }) => location === mainLocation),
  elsewhere: all.filter(({ location }) => location !== mainLocation),
})
