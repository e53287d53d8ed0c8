import type { Tx } from '@docket/chassis/database/database.ts'
import type { AttemptRecord, DuePayment, PaymentStatus } from './payment.ts'

export interface NewPayment {
  orderId: string
  id: string
  amount: number
  currency: string
  token: string
}

const byOrder = <T extends { orderId: string }>(list: readonly T[]) =>
  list.toSorted((a, b) => (a.orderId < b.orderId ? -1 : 1)) // unsorted, two replicas deadlock

/**
 * Keeps payments to be charged, of orders that have none, and a tombstone for each cancelled order without a payment.
 * The insert is the claim; a tombstone wins it too.
 */
export function claimPayments(
  tx: Tx,
  payments: readonly NewPayment[],
  cancelled: readonly Pick<NewPayment, 'orderId' | 'id'>[],
): void {
  const charged = new Set(payments.map(payment => payment.orderId))
  const tombstones = cancelled.filter(({ orderId }) => !charged.has(orderId))
  const claims = byOrder([
    ...payments.map(payment => ({ ...payment, status: 'charging', traceparent: tx.traceOf(payment.orderId) ?? null })),
    ...tombstones.map(one => ({ ...one, status: 'void', amount: 0, currency: '', token: '', traceparent: null })),
  ])
  tx.change(
    `
    INSERT INTO payments (order_id, id, status, amount, currency, token, traceparent)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[])
    ON CONFLICT (order_id) DO NOTHING`,
    [
      claims.map(p => p.orderId),
      claims.map(p => p.id),
      claims.map(p => p.status),
      claims.map(p => p.amount),
      claims.map(p => p.currency),
      claims.map(p => p.token),
      claims.map(p => p.traceparent),
    ],
  )
}

/** What a cancellation does to a payment: a note while charging, a refund where the money is taken. It causes that. */
export function cancelPayments(tx: Tx, orders: readonly { orderId: string; reason: string }[]): void {
  const sorted = byOrder(orders)
  tx.change(
    `
    WITH cancelled AS (SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[]) AS c (order_id, reason, traceparent)),
         mine AS (
           SELECT payments.order_id, cancelled.reason, cancelled.traceparent FROM payments JOIN cancelled USING (order_id)
           WHERE status IN ('charging', 'succeeded') ORDER BY payments.order_id FOR UPDATE OF payments)
    UPDATE payments SET cancelled = true, reason = mine.reason, traceparent = coalesce(mine.traceparent, payments.traceparent), updated_at = now(),
      status = CASE status WHEN 'succeeded' THEN 'refunding' ELSE status END,
      attempts = CASE status WHEN 'succeeded' THEN 0 ELSE attempts END,
      next_attempt_at = CASE status WHEN 'succeeded' THEN now() ELSE next_attempt_at END
    FROM mine WHERE payments.order_id = mine.order_id`,
    [sorted.map(o => o.orderId), sorted.map(o => o.reason), sorted.map(o => tx.traceOf(o.orderId) ?? null)],
  )
}

/**
 * Takes payments that are due for a while: until the lease ends no other replica takes them. The attempt is counted
 * before it is made, so that after a crash the provider is asked before it is charged again.
 */
export async function leaseDue(tx: Tx, limit: number, leaseMs: number): Promise<DuePayment[]> {
  const { rows } = await tx.query<DuePayment>(
    `
    WITH due AS (
      SELECT order_id, attempts FROM payments WHERE status IN ('charging', 'refunding') AND next_attempt_at <= now()
      ORDER BY next_attempt_at LIMIT $1 FOR UPDATE SKIP LOCKED)
    UPDATE payments SET attempts = payments.attempts + 1, next_attempt_at = now() + make_interval(secs => $2::float8 / 1000)
    FROM due WHERE payments.order_id = due.order_id
    RETURNING payments.order_id AS "orderId", id, status, amount, currency, token, due.attempts, cancelled, reason, traceparent`,
    [limit, leaseMs],
  )
  return rows
}

/** Which of the payments an answer still counts for, with the cancellation that may have come meanwhile; locked. */
export async function lockLeased(
  tx: Tx,
  payments: readonly DuePayment[],
): Promise<Map<string, Pick<DuePayment, 'status' | 'cancelled' | 'reason'>>> {
  const sorted = byOrder(payments)
  const { rows } = await tx.query<Pick<DuePayment, 'orderId' | 'status' | 'cancelled' | 'reason'>>(
    `
    SELECT payments.order_id AS "orderId", payments.status, cancelled, reason
    FROM payments JOIN unnest($1::uuid[], $2::text[]) AS asked (order_id, status) USING (order_id, status)
    ORDER BY payments.order_id FOR UPDATE OF payments`,
    [sorted.map(p => p.orderId), sorted.map(p => p.status)],
  )
  return new Map(rows.map(row => [row.orderId, row]))
}

export interface ResolvedPayment {
  orderId: string
  status: PaymentStatus
  /** Of a decline; undefined leaves what is there. */
  reason?: string | undefined
  reference?: string | undefined
  /** Undefined: at once. */
  nextAttemptInMs?: number | undefined
}

export interface SavedPayment {
  orderId: string
  id: string
  status: PaymentStatus
  amount: number
  currency: string
  reason: string | null
  version: number
}

/** Saves what the answers made of locked payments. The version rises with each of the states that others hear of. */
export async function savePayments(tx: Tx, payments: readonly ResolvedPayment[]): Promise<SavedPayment[]> {
  const { rows } = await tx.query<SavedPayment>(
    `
    UPDATE payments SET status = s.status, reason = coalesce(s.reason, payments.reason), provider_ref = coalesce(s.reference, provider_ref),
      attempts = CASE WHEN s.status = payments.status THEN attempts ELSE 0 END,
      version = version + (s.status IN ('succeeded', 'failed', 'refunded'))::int,
      next_attempt_at = now() + make_interval(secs => s.pause_ms / 1000), updated_at = now()
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::float8[]) AS s (order_id, status, reason, reference, pause_ms)
    WHERE payments.order_id = s.order_id
    RETURNING payments.order_id AS "orderId", id, payments.status, amount, currency, payments.reason, version`,
    [
      payments.map(p => p.orderId),
      payments.map(p => p.status),
      payments.map(p => p.reason ?? null),
      payments.map(p => p.reference ?? null),
      payments.map(p => p.nextAttemptInMs ?? 0),
    ],
  )
  return rows
}

export function recordAttempts(tx: Tx, attempts: readonly (AttemptRecord & { paymentId: string })[]): void {
  tx.change(
    `
    INSERT INTO attempts (payment_id, kind, outcome, answer) SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[])`,
    [
      attempts.map(a => a.paymentId),
      attempts.map(a => a.kind),
      attempts.map(a => a.outcome),
      attempts.map(a => a.answer ?? null),
    ],
  )
}

export interface PaymentRow extends SavedPayment {
  cancelled: boolean
  createdAt: Date
  updatedAt: Date
}

export async function findPayment(tx: Tx, orderId: string): Promise<PaymentRow | undefined> {
  const { rows } = await tx.query<PaymentRow>(
    `
    SELECT order_id AS "orderId", id, status, amount, currency, reason, version, cancelled, created_at AS "createdAt", updated_at AS "updatedAt"
    FROM payments WHERE order_id = $1`,
    [orderId],
  )
  return rows[0]
}

export async function attemptsOf(tx: Tx, paymentId: string): Promise<(AttemptRecord & { at: Date })[]> {
  const { rows } = await tx.query<{
    kind: AttemptRecord['kind']
    outcome: AttemptRecord['outcome']
    answer: string | null
    at: Date
  }>('SELECT kind, outcome, answer, at FROM attempts WHERE payment_id = $1 ORDER BY id', [paymentId])
  return rows.map(({ answer, ...row }) => ({ ...row, answer: answer ?? undefined }))
}
