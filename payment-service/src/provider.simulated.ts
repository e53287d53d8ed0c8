import type { Database } from '@docket/chassis/database/database.ts'
import { coalesced } from '@docket/foundation/coalescing.ts'
import { ProviderUnavailable, ProviderTimeout, type Charge, type Charged, type PaymentProvider } from './provider.ts'

const declines = new Map([
  ['tok_declined', 'card_declined'],
  ['tok_insufficient_funds', 'insufficient_funds'],
]) // a Map, because a token may be `constructor`
const goodTokens = new Set(['tok_ok', 'tok_timeout', 'tok_unavailable'])
const failuresWhenUnavailable = 2

/**
 * A simulated provider with a ledger of its own, in the table `simulated_provider`, written outside our transactions as
 * a real provider's would be. The token determines the outcome: tok_ok; tok_declined and tok_insufficient_funds are
 * declined; tok_timeout is charged, but the answer is lost; tok_unavailable fails twice, then works; others are
 * declined.
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
    async refund(key) {
      const { rowCount } = await db.transaction(tx =>
        tx.query(`UPDATE simulated_provider SET refunded = true WHERE idempotency_key = $1 AND outcome = 'captured'`, [
          key,
        ]),
      )
      if (rowCount === 0) throw new Error(`payment ${key} was never captured, so it cannot be refunded`)
    },
  }
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

/** An existing key keeps its charge, which makes it safe to repeat a charge. */
async function recordCharges(db: Database, entries: readonly Charge[]): Promise<void> {
  const charges = entries.toSorted((a, b) => (a.key < b.key ? -1 : 1)) // unsorted, two replicas deadlock
  const decided = charges.map(decide)
  await db.transaction(async tx =>
    tx.change(
      `
    INSERT INTO simulated_provider (idempotency_key, outcome, reason, amount, currency)
    SELECT * FROM unnest($1::uuid[], $2::text[], $3::text[], $4::bigint[], $5::text[])
    ON CONFLICT DO NOTHING`,
      [
        charges.map(c => c.key),
        decided.map(d => d.outcome),
        decided.map(d => (d.outcome === 'declined' ? d.reason : null)),
        charges.map(c => c.amount),
        charges.map(c => c.currency),
      ],
    ),
  )
}
