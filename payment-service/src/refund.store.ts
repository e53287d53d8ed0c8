import type { Tx } from '@docket/chassis/database/database.ts'
import { leftMs, withAnswerBy, type Leased } from './lease.store.ts'
import type { RefundStatus } from '@docket/contract/terms.ts'
import type { OthersAnswered } from './payment.ts'
import type { DecidedRefund, DueRefund, Refund, RefundablePayment, RefundVerdict } from './refund.ts'

export interface LockedPayment extends RefundablePayment {
  version: number
  refunds: readonly LockedRefund[]
}

interface LockedRefund extends Refund {
  attempts: number
}

/** Locks payments, in the order of their orders, and reads their refunds: they change under this lock only. */
export async function lockRefundable(tx: Tx, orderIds: readonly string[]): Promise<Map<string, LockedPayment>> {
  const ids = [...new Set(orderIds)].sort() // unsorted, two replicas deadlock
  if (ids.length === 0) return new Map()
  const [payments, refunds] = await Promise.all([
    tx.query<Omit<LockedPayment, 'refunds'>>(
      `
      SELECT order_id AS "orderId", id AS "paymentId", status, amount, currency, version
      FROM payments WHERE order_id = ANY($1::uuid[]) ORDER BY order_id FOR UPDATE`,
      [ids],
    ),
    // a statement of its own, after the lock: it sees what another replica has just committed
    tx.query<LockedRefund & { orderId: string }>(
      'SELECT id, order_id AS "orderId", amount, status, attempts FROM refunds WHERE order_id = ANY($1::uuid[])',
      [ids],
    ),
  ])
  const refundsOf = Map.groupBy(refunds.rows, ({ orderId }) => orderId)
  return new Map(
    payments.rows.map(payment => [payment.orderId, { ...payment, refunds: refundsOf.get(payment.orderId) ?? [] }]),
  )
}

export interface NewRefund extends DecidedRefund {
  requested: number
  note?: string | undefined
  decidedBy?: string | undefined
  /** Whether it ends its payment. */
  isRest: boolean
}

// after a rollback, the release before refunds what this release left due; until then a sweep puts it off
const takenOverAfter = '10 minutes'

/** The payments are locked. Throws when more would be refunded than was captured, which no decision may lead to. */
export async function saveRefunds(tx: Tx, refunds: readonly NewRefund[]): Promise<void> {
  tx.change(
    `
    INSERT INTO refunds (id, order_id, reason, note, decided_by, requested, amount, status, traceparent)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::text[], $5::uuid[], $6::bigint[], $7::bigint[], $8::text[], $9::text[])`,
    [
      refunds.map(r => r.id),
      refunds.map(r => r.orderId),
      refunds.map(r => r.reason),
      refunds.map(r => r.note ?? null),
      refunds.map(r => r.decidedBy ?? null),
      refunds.map(r => r.requested),
      refunds.map(r => r.amount),
      refunds.map(r => r.status),
      refunds.map(r => tx.traceOf(r.orderId) ?? null),
    ],
  )
  const orders = new Set(refunds.map(r => r.orderId))
  const { rowCount } = await tx.query(
    `
    UPDATE payments SET refunded = payments.refunded + r.amount, version = version + r.given,
      status = CASE WHEN r.rest IS NULL THEN payments.status WHEN r.rest = 'given' THEN 'refunded' ELSE 'refunding' END,
      cancelled = payments.cancelled OR r.rest IS NOT NULL, reason = coalesce(r.reason, payments.reason),
      next_attempt_at = CASE WHEN r.rest IS NULL THEN next_attempt_at ELSE now() + $6::interval END, updated_at = now()
    FROM (
      SELECT order_id, sum(amount)::bigint AS amount, (count(*) FILTER (WHERE status = 'given'))::int AS given,
        max(status) FILTER (WHERE is_rest) AS rest, max(reason) FILTER (WHERE is_rest) AS reason
      FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::text[], $5::boolean[]) AS r (order_id, amount, status, reason, is_rest)
      GROUP BY order_id) AS r
    WHERE payments.order_id = r.order_id AND payments.refunded + r.amount <= payments.amount`,
    [
      refunds.map(r => r.orderId),
      refunds.map(r => r.amount),
      refunds.map(r => r.status),
      refunds.map(r => r.reason),
      refunds.map(r => r.isRest),
      takenOverAfter,
    ],
  )
  if (rowCount < orders.size) throw new Error(`saving refunds of ${orders.size} payments: more than was captured`)
}

/** As for charges: `probe` chooses those that were tried least, and of these the newest. */
export type RefundChoice = 'all' | 'probe'

const chosen: Record<RefundChoice, string> = {
  all: 'ORDER BY next_attempt_at',
  probe: 'ORDER BY attempts, number DESC',
}

/** Leases refunds that are due: until the lease ends, no other replica processes them. */
export async function leaseRefunds(tx: Tx, limit: number, leaseMs: number, choice: RefundChoice): Promise<DueRefund[]> {
  const sentMs = performance.now()
  const { rows } = await tx.query<Leased<DueRefund>>(
    `
    WITH due AS (
      SELECT id, attempts, last_attempt_at, unknown_at FROM refunds WHERE status = 'due' AND next_attempt_at <= now()
      ${chosen[choice]} LIMIT $1 FOR UPDATE SKIP LOCKED)
    UPDATE refunds SET attempts = refunds.attempts + 1, next_attempt_at = now() + make_interval(secs => $2::float8 / 1000),
      first_attempt_at = coalesce(refunds.first_attempt_at, now()), last_attempt_at = now(), unknown_at = now()
    FROM due, payments WHERE refunds.id = due.id AND payments.order_id = refunds.order_id
    RETURNING refunds.id, refunds.order_id AS "orderId", payments.id AS "paymentId", coalesce(payments.provider_key, payments.id) AS "chargeKey",
      key_number AS "keyNumber", refunds.amount, payments.amount AS captured, payments.currency, due.attempts, refunds.trouble,
      refunds.trouble_count AS "troubleCount", refunds.first_attempt_at AS "firstAttemptAt", due.last_attempt_at AS "lastAttemptAt",
      due.unknown_at AS "unknownAt", 1000 * extract(epoch FROM now() - due.unknown_at)::float8 AS "sinceUnknownMs", refunds.traceparent,
      ${leftMs('refunds')}`,
    [limit, leaseMs],
  )
  return withAnswerBy(rows, sentMs)
}

/** Gives a refund another key, before the key is used. */
export async function replaceRefundKey(tx: Tx, { id, keyNumber }: DueRefund): Promise<void> {
  const { rowCount } = await tx.query(
    `
    UPDATE refunds SET key_number = key_number + 1, trouble = nullif(trouble, 'declined')
    WHERE id = $1 AND key_number = $2 AND status = 'due'`,
    [id, keyNumber],
  )
  if (rowCount === 0) throw new Error(`giving refund ${id} another key: another replica is at it`)
}

/** Whether the provider has given or declined other refunds since the first, and since the last, attempt at these. */
export async function othersRefunded(tx: Tx, refunds: readonly DueRefund[]): Promise<Map<string, OthersAnswered>> {
  const { rows } = await tx.query<OthersAnswered & { id: string }>(
    `
    SELECT r.id,
      EXISTS (SELECT FROM attempts WHERE kind = 'refund' AND outcome IN ('refunded', 'declined') AND at > first AND refund_id <> r.id) AS "sinceFirstAttempt",
      EXISTS (SELECT FROM attempts WHERE kind = 'refund' AND outcome IN ('refunded', 'declined') AND at > last AND refund_id <> r.id) AS "sinceLastAttempt"
    FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS r (id, first, last)`,
    [refunds.map(r => r.id), refunds.map(r => r.firstAttemptAt), refunds.map(r => r.lastAttemptAt ?? r.firstAttemptAt)],
  )
  return new Map(rows.map(({ id, ...others }) => [id, others]))
}

export interface ResolvedRefund extends RefundVerdict {
  id: string
  unknownAt: Date | null
}

export interface SavedRefund {
  id: string
  orderId: string
  reason: string
  amount: number
  status: RefundStatus
  cause: string | null
  attempts: number
}

/** The payments are locked, and the refunds due. */
export async function saveVerdicts(tx: Tx, refunds: readonly ResolvedRefund[]): Promise<SavedRefund[]> {
  const { rows } = await tx.query<SavedRefund>(
    `
    UPDATE refunds SET status = r.status, cause = r.cause, trouble = r.trouble, trouble_count = r.trouble_count,
      unknown_at = CASE r.known WHEN 'all' THEN NULL WHEN 'last' THEN r.unknown_at
        WHEN 'arrived' THEN coalesce(r.unknown_at, 'epoch') ELSE refunds.unknown_at END,
      next_attempt_at = now() + make_interval(secs => r.pause_ms / 1000), updated_at = now()
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::int[], $6::text[], $7::timestamptz[], $8::float8[])
      AS r (id, status, cause, trouble, trouble_count, known, unknown_at, pause_ms)
    WHERE refunds.id = r.id
    RETURNING refunds.id, order_id AS "orderId", reason, amount, refunds.status, refunds.cause, attempts`,
    [
      refunds.map(r => r.id),
      refunds.map(r => r.status),
      refunds.map(r => r.cause ?? null),
      refunds.map(r => r.trouble ?? null),
      refunds.map(r => r.troubleCount ?? 0),
      refunds.map(r => r.known),
      refunds.map(r => r.unknownAt),
      refunds.map(r => r.nextAttemptInMs ?? 0),
    ],
  )
  return rows
}

export interface RefundedPayment {
  orderId: string
  version: number
  /** What became of the refund that ends the payment; undefined: nothing new. */
  rest: 'refunded' | 'stuck' | 'due' | undefined
}

/** The payments are locked. The versions are those after the events that are published with this. */
export function savePaymentsOfRefunds(tx: Tx, payments: readonly RefundedPayment[]): void {
  tx.change(
    `
    UPDATE payments SET version = p.version, updated_at = now(),
      status = CASE WHEN p.rest = 'refunded' THEN 'refunded' ELSE payments.status END,
      stuck_at = CASE WHEN p.rest = 'stuck' THEN now() WHEN p.rest IS NOT NULL THEN NULL ELSE stuck_at END,
      next_attempt_at = CASE WHEN p.rest IS NULL THEN next_attempt_at WHEN p.rest = 'stuck' THEN 'infinity' ELSE now() + $4::interval END
    FROM unnest($1::uuid[], $2::int[], $3::text[]) AS p (order_id, version, rest) WHERE payments.order_id = p.order_id`,
    [payments.map(p => p.orderId), payments.map(p => p.version), payments.map(p => p.rest ?? null), takenOverAfter],
  )
}

/** Keeps replicas of the release before from what this release refunds. */
export function putOffTakeover(tx: Tx, limit: number): void {
  tx.change(
    `
    WITH due AS (
      SELECT order_id FROM payments WHERE status = 'refunding' AND next_attempt_at <= now() AND refunded = amount AND amount > 0
      ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED)
    UPDATE payments SET next_attempt_at = now() + $2::interval FROM due WHERE payments.order_id = due.order_id`,
    [limit, takenOverAfter],
  )
}

/**
 * Refunds by a replica of the release before: what it has given, what it left due, and what it has given of a refund
 * that has a row already.
 */
export function adoptRefunds(tx: Tx, limit: number): void {
  tx.change(
    `
    WITH elsewhere AS (
      SELECT order_id, status, amount - refunded AS amount, reason, traceparent, stuck_at, updated_at FROM payments
      WHERE status IN ('refunding', 'refunded') AND (refunded < amount OR (amount = 0 AND status = 'refunding'))
        AND (status = 'refunded' OR stuck_at IS NOT NULL OR next_attempt_at <= now())
      ORDER BY order_id LIMIT $1 FOR UPDATE SKIP LOCKED),
    adopted AS (
      INSERT INTO refunds (id, order_id, reason, requested, amount, status, cause, traceparent, created_at, updated_at)
      SELECT order_id, order_id, coalesce(reason, 'requested'), amount, amount,
        CASE WHEN status = 'refunded' THEN 'given' WHEN stuck_at IS NOT NULL THEN 'failed' ELSE 'due' END,
        CASE WHEN status = 'refunding' AND stuck_at IS NOT NULL THEN 'no_answer' END, traceparent, updated_at, updated_at
      FROM elsewhere ON CONFLICT DO NOTHING)
    UPDATE payments SET refunded = payments.amount,
      next_attempt_at = CASE WHEN elsewhere.status = 'refunding' AND elsewhere.stuck_at IS NULL THEN now() + $2::interval ELSE next_attempt_at END
    FROM elsewhere WHERE payments.order_id = elsewhere.order_id`,
    [limit, takenOverAfter],
  )
  tx.change(`
    UPDATE refunds SET status = 'given', cause = NULL, updated_at = now() FROM payments
    WHERE refunds.status IN ('due', 'failed') AND refunds.id = payments.order_id AND payments.status = 'refunded'`)
}

export interface RefundRow extends Refund {
  number: number
  orderId: string
  requested: number
  currency: string
  reason: string
  note: string | null
  cause: string | null
  decidedBy: string | null
  givenBy: string | null
  createdAt: Date
  updatedAt: Date
}

const refundRows = `
  SELECT refunds.id, number, order_id AS "orderId", refunds.status, refunds.amount, requested, currency, refunds.reason, note, cause,
    decided_by AS "decidedBy", given_by AS "givenBy", refunds.created_at AS "createdAt", refunds.updated_at AS "updatedAt"
  FROM refunds JOIN payments USING (order_id)`

export async function findRefund(tx: Tx, id: string): Promise<RefundRow | undefined> {
  const { rows } = await tx.query<RefundRow>(`${refundRows} WHERE refunds.id = $1`, [id])
  return rows[0]
}

export async function refundsOf(tx: Tx, orderId: string): Promise<RefundRow[]> {
  const { rows } = await tx.query<RefundRow>(`${refundRows} WHERE order_id = $1 ORDER BY number`, [orderId])
  return rows
}

export interface RefundFilter {
  orderId?: string | undefined
  status?: RefundStatus | undefined
  since?: string | undefined
  until?: string | undefined
  /** The number of the last refund of the page before. */
  cursor?: number | undefined
  limit: number
}

export async function listRefunds(tx: Tx, filter: RefundFilter): Promise<RefundRow[]> {
  const { orderId, status, since, until, cursor, limit } = filter
  const { rows } = await tx.query<RefundRow>(
    `
    ${refundRows}
    WHERE ($1::bigint IS NULL OR number < $1) AND ($2::text IS NULL OR refunds.status = $2)
      AND ($3::timestamptz IS NULL OR refunds.created_at >= $3) AND ($4::timestamptz IS NULL OR refunds.created_at < $4)
      AND ($5::uuid IS NULL OR order_id = $5)
    ORDER BY number DESC LIMIT $6`,
    [cursor ?? null, status ?? null, since ?? null, until ?? null, orderId ?? null, limit],
  )
  return rows
}

export interface WaitingRefunds {
  /** Until an operator decides. */
  failed: number
  /** Due for longer than an hour. */
  late: number
}

export async function countWaiting(tx: Tx): Promise<WaitingRefunds> {
  const { rows } = await tx.query<WaitingRefunds>(`
    SELECT (SELECT count(*) FROM refunds WHERE status = 'failed')::int AS failed,
      (SELECT count(*) FROM refunds WHERE status = 'due' AND created_at < now() - interval '1 hour')::int AS late`)
  return rows[0] ?? { failed: 0, late: 0 }
}

/** The payment is locked, and the refund has failed. */
export function retryFailed(tx: Tx, id: string): void {
  tx.change(
    `
    UPDATE refunds SET status = 'due', cause = NULL, next_attempt_at = now(), updated_at = now(),
      trouble = CASE WHEN trouble = 'declined' THEN trouble END, trouble_count = 0
    WHERE id = $1`,
    [id],
  )
}

/** The payment is locked, and the refund has failed. */
export function markByHand(tx: Tx, id: string, operator: string): void {
  tx.change(`UPDATE refunds SET status = 'by_hand', given_by = $2, updated_at = now() WHERE id = $1`, [id, operator])
}
