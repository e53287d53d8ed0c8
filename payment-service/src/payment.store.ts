import type { Tx } from '@docket/chassis/database/database.ts'
import { serverSeen, transactionsSeen, type LookRow } from '@docket/chassis/database/queue-floor.ts'
import { leftMs, withAnswerBy, type Leased } from './lease.store.ts'
import type { AttemptRecord, DuePayment, OthersAnswered, Verdict } from './payment.ts'
import type { PaymentStatus } from '@docket/contract/terms.ts'

export interface NewPayment {
  orderId: string
  id: string
  amount: number
  currency: string
  token: string
  /** Unknown for orders that the previous release reserved, so no customer sees their payments. */
  customerId: string | undefined
}

const byOrder = <T extends { orderId: string }>(list: readonly T[]) =>
  list.toSorted((a, b) => (a.orderId < b.orderId ? -1 : 1)) // unsorted, two replicas deadlock

/**
 * Inserts payments to be charged for orders that have none, and a tombstone for each cancelled order without a payment.
 * The insert is the claim, and a tombstone wins it, too.
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
    ...tombstones.map(one => ({
      ...one,
      status: 'void',
      amount: 0,
      currency: '',
      token: '',
      customerId: undefined,
      traceparent: null,
    })),
  ])
  tx.change(
    `
    INSERT INTO payments (order_id, id, status, amount, currency, token, traceparent, customer_id)
    SELECT * FROM unnest($1::uuid[], $2::uuid[], $3::text[], $4::bigint[], $5::text[], $6::text[], $7::text[], $8::uuid[])
    ON CONFLICT (order_id) DO NOTHING`,
    [
      claims.map(p => p.orderId),
      claims.map(p => p.id),
      claims.map(p => p.status),
      claims.map(p => p.amount),
      claims.map(p => p.currency),
      claims.map(p => p.token),
      claims.map(p => p.traceparent),
      claims.map(p => p.customerId ?? null),
    ],
  )
}

/** Ends charges at once when nothing can have been charged. The others are looked up, and a success is refunded. */
export function cancelCharges(tx: Tx, orders: readonly { orderId: string; reason: string }[]): void {
  if (orders.length === 0) return
  const sorted = byOrder(orders)
  tx.change(
    `
    UPDATE payments SET cancelled = true, reason = c.reason, traceparent = coalesce(c.traceparent, payments.traceparent), updated_at = now(),
      status = CASE WHEN attempts <= answered THEN 'void' ELSE status END, token = CASE WHEN attempts <= answered THEN '' ELSE token END,
      next_attempt_at = CASE WHEN stuck_at IS NOT NULL THEN now() ELSE next_attempt_at END, stuck_at = NULL
    FROM unnest($1::uuid[], $2::text[], $3::text[]) AS c (order_id, reason, traceparent)
    WHERE payments.order_id = c.order_id AND status = 'charging'`,
    [sorted.map(o => o.orderId), sorted.map(o => o.reason), sorted.map(o => tx.traceOf(o.orderId) ?? null)],
  )
}

/**
 * `all`: what has waited longest. `probe`: what was tried least, and of these the newest, so that payments that fail by
 * themselves do not hold up others. `free`: only what needs no call of the provider.
 */
export type Choice = 'all' | 'probe' | 'free'

const chosen: Record<Choice, string> = {
  all: 'ORDER BY next_attempt_at',
  probe: 'ORDER BY attempts, created_at DESC',
  free: 'AND amount = 0 ORDER BY next_attempt_at',
}

/**
 * Leases payments that are due: until the lease ends, no other replica processes them. An attempt is counted before it
 * is made, so that after a crash the payment is looked up before it is charged again. `from`: no payment becomes due before
 * this time, in seconds since 1970 (`lookAtDue`).
 */
export async function leaseDue(
  tx: Tx,
  limit: number,
  leaseMs: number,
  choice: Choice = 'all',
  from = 0,
): Promise<DuePayment[]> {
  const sentMs = performance.now()
  const { rows } = await tx.query<Leased<DuePayment>>(
    `
    WITH due AS (
      SELECT order_id, attempts, last_attempt_at, coalesce(unknown_at, last_attempt_at) AS unknown_at
      FROM payments WHERE status = 'charging' AND next_attempt_at <= now() AND next_attempt_at >= to_timestamp($3::float8)
      ${chosen[choice]} LIMIT $1 FOR UPDATE SKIP LOCKED)
    UPDATE payments SET attempts = payments.attempts + 1, next_attempt_at = now() + make_interval(secs => $2::float8 / 1000),
      first_attempt_at = coalesce(first_attempt_at, now()),
      last_attempt_at = CASE WHEN cancelled OR given_up_at IS NOT NULL THEN coalesce(payments.last_attempt_at, now()) ELSE now() END,
      unknown_at = CASE WHEN cancelled OR given_up_at IS NOT NULL THEN coalesce(due.unknown_at, now()) ELSE now() END
    FROM due WHERE payments.order_id = due.order_id
    RETURNING payments.order_id AS "orderId", id, coalesce(provider_key, id) AS key, amount, currency, token, due.attempts, answered,
      cancelled, given_up_at IS NOT NULL AS "givenUp", reason, trouble, trouble_count AS "troubleCount",
      first_attempt_at AS "firstAttemptAt", due.last_attempt_at AS "lastAttemptAt",
      due.unknown_at AS "unknownAt", 1000 * extract(epoch FROM now() - due.unknown_at)::float8 AS "sinceUnknownMs", traceparent,
      CASE WHEN provider_key IS NULL THEN '{}' ELSE ARRAY(SELECT key FROM provider_keys WHERE payment_id = id AND key <> provider_key) END AS "formerKeys",
      ${leftMs('payments')}`,
    [limit, leaseMs, from],
  )
  return withAnswerBy(rows, sentMs)
}

/**
 * Where the queue of due payments begins. None is written as due before its transaction began. A double is exact to a
 * quarter of a microsecond only, so what was found is taken as a little lower.
 */
export async function lookAtDue(tx: Tx, from: number): Promise<LookRow | undefined> {
  const { rows } = await tx.query<LookRow>(
    `
    SELECT ${serverSeen}, ${transactionsSeen()},
      (SELECT extract(epoch FROM min(next_attempt_at))::float8 - 0.001 FROM payments
        WHERE status = 'charging' AND next_attempt_at >= to_timestamp($1::float8)) AS lowest,
      extract(epoch FROM now())::float8 AS next`,
    [from],
  )
  return rows[0]
}

/** Gives a payment a key that the provider does not know, before the key is used, and returns it. */
export async function replaceKey(tx: Tx, { id, key }: Pick<DuePayment, 'id' | 'key'>): Promise<string> {
  const { rows } = await tx.query<{ key: string }>(
    `
    WITH replaced AS (
      UPDATE payments SET provider_key = gen_random_uuid() WHERE id = $1 AND status = 'charging' AND coalesce(provider_key, id) = $2
      RETURNING id, provider_key),
    kept AS (
      INSERT INTO provider_keys (key, payment_id) SELECT unnest(ARRAY[provider_key, $2::uuid]), id FROM replaced ON CONFLICT DO NOTHING)
    SELECT provider_key AS key FROM replaced`,
    [id, key],
  )
  if (!rows[0]) throw new Error(`giving payment ${id} another key: another replica is at it`)
  return rows[0].key
}

/**
 * Whether the provider has captured or declined other payments since the first, and since the last, attempt at these.
 */
export async function othersAnswered(tx: Tx, payments: readonly DuePayment[]): Promise<Map<string, OthersAnswered>> {
  const { rows } = await tx.query<OthersAnswered & { id: string }>(
    `
    SELECT p.id,
      EXISTS (SELECT FROM attempts WHERE kind = 'charge' AND outcome IN ('captured', 'declined') AND at > first AND payment_id <> p.id) AS "sinceFirstAttempt",
      EXISTS (SELECT FROM attempts WHERE kind = 'charge' AND outcome IN ('captured', 'declined') AND at > last AND payment_id <> p.id) AS "sinceLastAttempt"
    FROM unnest($1::uuid[], $2::timestamptz[], $3::timestamptz[]) AS p (id, first, last)`,
    [
      payments.map(p => p.id),
      payments.map(p => p.firstAttemptAt),
      payments.map(p => p.lastAttemptAt ?? p.firstAttemptAt),
    ],
  )
  return new Map(rows.map(({ id, ...others }) => [id, others]))
}

/**
 * Locks and returns the payments for which an answer still counts, with a cancellation that may have arrived meanwhile.
 */
export async function lockLeased(tx: Tx, payments: readonly DuePayment[]): Promise<Map<string, LockedCharge>> {
  const sorted = byOrder(payments)
  const { rows } = await tx.query<LockedCharge>(
    `
    SELECT order_id AS "orderId", id AS "paymentId", amount, currency, version, cancelled, reason, attempts
    FROM payments WHERE order_id = ANY($1::uuid[]) AND status = 'charging' ORDER BY order_id FOR UPDATE`,
    [sorted.map(p => p.orderId)],
  )
  return new Map(rows.map(row => [row.orderId, row]))
}

export interface LockedCharge {
  orderId: string
  paymentId: string
  amount: number
  currency: string
  version: number
  cancelled: boolean
  reason: string | null
  attempts: number
}

export interface ResolvedPayment extends Verdict {
  orderId: string
  key: string
  unknownAt: Date | null
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

/** The rows are locked. The version rises with each state that is published, as it becomes the event's sequence. */
export async function savePayments(tx: Tx, payments: readonly ResolvedPayment[]): Promise<SavedPayment[]> {
  const { rows } = await tx.query<SavedPayment>(
    `
    UPDATE payments SET status = s.status, reason = coalesce(s.reason, payments.reason), provider_ref = coalesce(s.reference, provider_ref),
      provider_key = nullif(s.key, id), token = CASE WHEN s.status = 'charging' THEN token ELSE '' END,
      attempts = CASE WHEN s.status = payments.status THEN attempts ELSE 0 END,
      answered = CASE WHEN s.status = payments.status THEN payments.answered + s.answered::int ELSE 0 END,
      unknown_at = CASE WHEN s.arrived THEN coalesce(s.unknown_at, 'epoch') ELSE payments.unknown_at END,
      trouble = s.trouble, trouble_count = s.trouble_count, stuck_at = CASE WHEN s.stuck THEN now() END,
      version = version + (s.status IN ('succeeded', 'failed'))::int,
      next_attempt_at = CASE WHEN s.stuck THEN 'infinity' ELSE now() + make_interval(secs => s.pause_ms / 1000) END, updated_at = now()
    FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::float8[], $6::uuid[], $7::bool[], $8::text[], $9::int[], $10::bool[], $11::timestamptz[], $12::bool[])
      AS s (order_id, status, reason, reference, pause_ms, key, answered, trouble, trouble_count, stuck, unknown_at, arrived)
    WHERE payments.order_id = s.order_id
    RETURNING payments.order_id AS "orderId", id, payments.status, amount, currency, payments.reason, version`,
    [
      payments.map(p => p.orderId),
      payments.map(p => p.status),
      payments.map(p => p.reason ?? null),
      payments.map(p => p.reference ?? null),
      payments.map(p => p.nextAttemptInMs ?? 0),
      payments.map(p => p.key),
      payments.map(p => p.answered ?? false),
      payments.map(p => p.trouble ?? null),
      payments.map(p => p.troubleCount ?? 0),
      payments.map(p => p.stuck ?? false),
      payments.map(p => p.unknownAt),
      payments.map(p => p.arrived ?? false),
    ],
  )
  return rows
}

export function recordAttempts(tx: Tx, attempts: readonly (AttemptRecord & { paymentId: string })[]): void {
  tx.change(
    `
    INSERT INTO attempts (payment_id, kind, outcome, answer, refund_id)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::text[], $5::uuid[])`,
    [
      attempts.map(a => a.paymentId),
      attempts.map(a => a.kind),
      attempts.map(a => a.outcome),
      attempts.map(a => a.answer ?? null),
      attempts.map(a => a.refundId ?? null),
    ],
  )
}

export interface PaymentRow extends SavedPayment {
  customerId: string | null
  refunded: number
  owed: number
  cancelled: boolean
  stuckAt: Date | null
  givenUpAt: Date | null
  createdAt: Date
  updatedAt: Date
}

const columns = `order_id AS "orderId", customer_id AS "customerId", id, status, amount, currency, reason, version, cancelled,
  CASE status WHEN 'refunded' THEN amount ELSE refunded - owed END AS refunded, owed,
  stuck_at AS "stuckAt", given_up_at AS "givenUpAt", created_at AS "createdAt", updated_at AS "updatedAt"`

const paymentsWithOwed = `payments CROSS JOIN LATERAL (
  SELECT coalesce(sum(amount), 0)::bigint AS owed FROM refunds
  WHERE refunds.order_id = payments.order_id AND refunds.status IN ('due', 'failed')) AS due`

export async function findPayment(tx: Tx, orderId: string): Promise<PaymentRow | undefined> {
  const { rows } = await tx.query<PaymentRow>(`SELECT ${columns} FROM ${paymentsWithOwed} WHERE order_id = $1`, [
    orderId,
  ])
  return rows[0]
}

export interface PaymentFilter {
  status?: PaymentStatus | undefined
  stuck?: boolean | undefined
  from: string
  before?: string | undefined
  limit: number
}

export async function listPayments(tx: Tx, filter: PaymentFilter): Promise<PaymentRow[]> {
  const { rows } = await tx.query<PaymentRow>(
    `
    SELECT ${columns} FROM ${paymentsWithOwed}
    WHERE order_id >= $1 AND ($2::uuid IS NULL OR order_id < $2) AND ($3::text IS NULL OR status = $3)
      AND ($4::boolean IS NOT TRUE OR stuck_at IS NOT NULL)
    ORDER BY order_id DESC LIMIT $5`,
    [filter.from, filter.before ?? null, filter.status ?? null, filter.stuck ?? null, filter.limit],
  )
  return rows
}

export async function attemptsOf(tx: Tx, paymentId: string): Promise<(AttemptRecord & { at: Date })[]> {
  const { rows } = await tx.query<{
    kind: AttemptRecord['kind']
    outcome: AttemptRecord['outcome']
    answer: string | null
    refundId: string | null
    at: Date
  }>('SELECT kind, outcome, answer, refund_id AS "refundId", at FROM attempts WHERE payment_id = $1 ORDER BY id', [
    paymentId,
  ])
  return rows.map(({ answer, refundId, ...row }) => ({
    ...row,
    answer: answer ?? undefined,
    refundId: refundId ?? undefined,
  }))
}

/**
 * A card is charged only while its payment is open, so its token is not kept any longer. Those that are left here were
 * left by the release before.
 */
export function blankTokens(tx: Tx, limit: number): void {
  tx.change(
    `
    UPDATE payments SET token = '' WHERE order_id IN (
      SELECT order_id FROM payments WHERE status <> 'charging' AND token <> '' LIMIT $1 FOR UPDATE SKIP LOCKED)`,
    [limit],
  )
}

export async function countStuck(tx: Tx): Promise<number> {
  const { rows } = await tx.query<{ n: number }>('SELECT count(*)::int AS n FROM payments WHERE stuck_at IS NOT NULL')
  return rows[0]?.n ?? 0
}

export async function release(tx: Tx, orderId: string, { giveUp }: { giveUp: boolean }): Promise<boolean> {
  const { rowCount } = await tx.query(
    `
    UPDATE payments SET stuck_at = NULL, trouble = NULL, trouble_count = 0, next_attempt_at = now(), updated_at = now(),
      given_up_at = CASE WHEN $2 THEN now() ELSE given_up_at END
    WHERE order_id = $1 AND stuck_at IS NOT NULL AND status = 'charging'`,
    [orderId, giveUp],
  )
  return rowCount > 0
}
