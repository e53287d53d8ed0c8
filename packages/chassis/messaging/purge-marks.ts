import type { DocketEvent, EventOf } from '@docket/contract/event.ts'
import type { Tx } from '../database/database.ts'
import { idAt } from '../id.ts'

export interface Mark {
  before: string
  kept: readonly string[]
}

export interface PurgeMarks {
  details: Mark
  orders: Mark
  version: number
}

/** Smaller than every order id, so it marks that nothing has been purged. */
export const noId = '00000000-0000-0000-0000-000000000000'

/** `retention.passed` is about no order, so its key is a constant. */
export const retentionKey = 'retention'

/** An order is purged no earlier than this time, plus the retention of its topics, after its end. */
export const purgeMarginMs = 30 * 86_400_000

/** With `FOR SHARE` they cannot advance until the transaction ends, so nothing more is deleted meanwhile. */
export async function readMarks(tx: Tx, lock: '' | 'FOR SHARE' | 'FOR UPDATE' = ''): Promise<PurgeMarks> {
  const { rows } = await tx.query<{
    detailsBefore: string
    detailsKept: string[]
    ordersBefore: string
    ordersKept: string[]
    version: number
  }>(`
    SELECT details_before AS "detailsBefore", details_kept AS "detailsKept",
      orders_before AS "ordersBefore", orders_kept AS "ordersKept", version
    FROM purge_marks ${lock}`)
  const [row] = rows
  if (!row) throw new Error('the row of purge_marks is gone; docs/retention.md says how it is restored')
  return {
    details: { before: row.detailsBefore, kept: row.detailsKept },
    orders: { before: row.ordersBefore, kept: row.ordersKept },
    version: row.version,
  }
}

/** An older version than the stored one changes nothing, so late and duplicate events are harmless. */
export function saveMarks(tx: Tx, { details, orders, version }: PurgeMarks): void {
  tx.change(
    `
    UPDATE purge_marks SET details_before = $1, details_kept = $2, orders_before = $3, orders_kept = $4, version = $5, updated_at = now()
    WHERE version < $5`,
    [details.before, details.kept, orders.before, orders.kept, version],
  )
}

/**
 * Takes the marks out of a batch and saves them, and drops events about orders past the marks: replays, or redriven
 * dead letters. The claims of such orders may be deleted, so handlers would take the events for new. Marks are locked
 * before everything else.
 *
 * Events about young orders, on a usual day all events, need no query: no order is purged that young.
 */
export async function withoutPast(
  tx: Tx,
  events: readonly DocketEvent[],
): Promise<{ open: readonly DocketEvent[]; past: readonly DocketEvent[] }> {
  const [newest] = events.filter(isRetentionPassed).toSorted((a, b) => b.sequence - a.sequence)
  if (newest) saveMarks(tx, { ...newest.data, version: newest.sequence })
  const young = idAt(Date.now() - youngMs)
  if (!events.some(event => isOfOrder(event) && event.key < young && isTimed(event.key)))
    return { open: events, past: [] }
  const { details } = await readMarks(tx, 'FOR SHARE')
  const kept = new Set(details.kept)
  const isPast = (event: DocketEvent) =>
    isOfOrder(event) && event.key < details.before && isTimed(event.key) && !kept.has(event.key)
  const past = events.filter(isPast)
  return { open: past.length > 0 ? events.filter(event => !isPast(event)) : events, past }
}

const youngMs = purgeMarginMs / 2 // half, because clocks differ

const isRetentionPassed = (event: DocketEvent): event is EventOf<'retention.passed'> =>
  event.type === 'retention.passed'

/** The key of an item, or of an act that concerns an order, is no order. */
const isOfOrder = ({ key, data }: DocketEvent) => 'orderId' in data && data.orderId === key

/** Only a UUID v7 carries its time, so only its age is known. */
const isTimed = (key: string) => key.length === 36 && key[14] === '7'
