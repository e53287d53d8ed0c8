import type { Database, Tx } from '@docket/chassis/database/database.ts'
import { coalesced } from '@docket/foundation/coalescing.ts'
import {
  ProviderUnavailable,
  ProviderTimeout,
  type Charge,
  type Charged,
  type PaymentProvider,
  type RefundCall,
  type Refunded,
} from './provider.ts'

const declines = new Map([
  ['tok_declined', 'card_declined'],
  ['tok_insufficient_funds', 'insufficient_funds'],
]) // a Map, because a token may be `constructor`
const goodTokens = new Set(['tok_ok', 'tok_timeout', 'tok_unavailable', 'tok_refund_declined', 'tok_refund_timeout'])
const failuresWhenUnavailable = 2

/**
 * A simulated provider with a ledger of its own, in the tables `simulated_provider` and `simulated_refunds`, written
 * outside our transactions as a real provider's would be. The token determines the outcome: tok_ok; tok_declined and
 * tok_insufficient_funds are declined; tok_timeout is charged, but the answer is lost; tok_unavailable fails twice, then
 * works; tok_refund_declined declines a refund under its first key; tok_refund_timeout loses the first answer of a
 * refund; others are declined.
 */
export function simulatedProvider(db: Database): PaymentProvider {
  const failures = new Map<string, number>()
  const enter = coalesced<Charge>(charges => recordCharges(db, charges)) // concurrent calls share a commit

  const find: PaymentProvider['find'] = async key => {
    const { rows } = await db.read.query<{ outcome: 'captured' | 'declined'; reason: string | null }>(
      'SELECT outcome, reason FROM simulated_provider WHERE idempotency_key = $1',
      [key],
    )
    const [row] = rows
    if (!row) return { outcome: 'unknown' }
    return row.outcome === 'captured'
      ? { outcome: 'captured', reference: referenceOf(key) }
      : { outcome: 'declined', reason: row.reason ?? 'card_declined' }
  }

  return {
    find,
    async charge(charge) {
      if (charge.token === 'tok_unavailable' && failsAgain(failures, charge.paymentId))
        throw new ProviderUnavailable('the provider answered 503', {}, '503')
      await enter([charge])
      if (charge.token === 'tok_timeout') throw new ProviderTimeout('the provider did not answer in time')
      return decide(charge)
    },
    async refund(refund) {
      const { token, isNew, ...refunded } = await db.transaction(tx => recordRefund(tx, refund))
      if (token === 'tok_refund_timeout' && isNew) throw new ProviderTimeout('the provider did not answer in time')
      return refunded.outcome === 'refunded' ? { outcome: 'refunded' } : refunded
    },
    async findRefund(key) {
      const [found] = await refundsUnder(db.read, key)
      return found ?? { outcome: 'unknown' }
    },
  }
}

async function refundsUnder(tx: Tx, key: string): Promise<Refunded[]> {
  const { rows } = await tx.query<{ outcome: 'refunded' | 'declined'; reason: string | null }>(
    'SELECT outcome, reason FROM simulated_refunds WHERE idempotency_key = $1',
    [key],
  )
  return rows.map(({ outcome, reason }) =>
    outcome === 'refunded' ? { outcome } : { outcome, reason: reason ?? 'refund_declined' },
  )
}

interface SimulatedCharge {
  token: string | null
  amount: number
  refunded: boolean
  given: number
  declinedBefore: boolean
}

/** A key that is known gives its first answer again, and never more is given back than was charged. */
async function recordRefund(tx: Tx, refund: RefundCall): Promise<Refunded & { token: string | null; isNew: boolean }> {
  const { key, refundId, chargeKey, amount, currency, isWhole } = refund
  await tx.query('SELECT FROM simulated_provider WHERE idempotency_key = $1 FOR UPDATE', [chargeKey])
  const { rows } = await tx.query<SimulatedCharge>(
    `
    SELECT token, amount, refunded,
      (SELECT coalesce(sum(r.amount), 0) FROM simulated_refunds r WHERE r.charge_key = simulated_provider.idempotency_key AND r.outcome = 'refunded')::bigint AS given,
      EXISTS (SELECT FROM simulated_refunds r WHERE r.refund_id = $2) AS "declinedBefore"
    FROM simulated_provider WHERE idempotency_key = $1 AND outcome = 'captured'`,
    [chargeKey, refundId],
  )
  const [charge] = rows
  if (!charge) throw new Error(`payment ${chargeKey} was never captured, so it cannot be refunded`)
  const { token } = charge
  const [known] = await refundsUnder(tx, key)
  if (known) return { ...known, token, isNew: false }
  const reason = refusalOf(charge, refund)
  tx.change(
    `
    INSERT INTO simulated_refunds (idempotency_key, refund_id, charge_key, outcome, reason, amount, currency)
    VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    [key, refundId, chargeKey, reason === undefined ? 'refunded' : 'declined', reason ?? null, amount, currency],
  )
  if (reason !== undefined) return { outcome: 'declined', reason, token, isNew: true }
  if (isWhole) tx.change('UPDATE simulated_provider SET refunded = true WHERE idempotency_key = $1', [chargeKey])
  return { outcome: 'refunded', token, isNew: true }
}

/** The release before refunds whole charges without a key, which `refunded` tells. */
function refusalOf(charge: SimulatedCharge, { amount, isWhole }: RefundCall): string | undefined {
  if (charge.token === 'tok_refund_declined' && !charge.declinedBefore) return 'account_closed'
  const left = charge.refunded ? 0 : charge.amount - charge.given
  return isWhole || amount <= left ? undefined : 'exceeds_charge'
}

const referenceOf = (key: string) => `sim_${key.replaceAll('-', '').slice(-16)}`

function decide({ key, token }: Charge): Charged {
  return goodTokens.has(token)
    ? { outcome: 'captured', reference: referenceOf(key) }
    : { outcome: 'declined', reason: declines.get(token) ?? 'unknown_card' }
}

/** Counted by payment rather than by key, because a failing payment gets another key after some time. */
function failsAgain(failures: Map<string, number>, paymentId: string): boolean {
  const before = failures.get(paymentId) ?? 0
  if (before >= failuresWhenUnavailable) {
    failures.delete(paymentId)
    return false
  }
  failures.set(paymentId, before + 1)
  return true
}

/**
 * An existing key keeps its charge, which makes it safe to repeat a charge. The entries need not reach the disk by
 * themselves: the database's log is written in order, so the transaction that saves the answer takes them along.
 */
async function recordCharges(db: Database, entries: readonly Charge[]): Promise<void> {
  const charges = entries.toSorted((a, b) => (a.key < b.key ? -1 : 1)) // unsorted, two replicas deadlock
  const decided = charges.map(decide)
  await db.transaction(async tx => {
    tx.change('SET LOCAL synchronous_commit = off')
    tx.change(
      `
    INSERT INTO simulated_provider (idempotency_key, outcome, reason, amount, currency, token)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[], $6::text[])
    ON CONFLICT DO NOTHING`,
      [
        charges.map(c => c.key),
        decided.map(d => d.outcome),
        decided.map(d => (d.outcome === 'declined' ? d.reason : null)),
        charges.map(c => c.amount),
        charges.map(c => c.currency),
        charges.map(c => c.token),
      ],
    )
  })
}
