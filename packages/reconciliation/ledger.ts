import { createReadStream } from 'node:fs'
import { createInterface } from 'node:readline'
import { query } from './query.ts'
import type { LedgerEntry, Snapshot } from './snapshot.ts'
import type { Sources } from './sources.ts'

interface Act {
  act: 'capture' | 'decline' | 'refund'
  key: string
  amount: number
  currency: string
  /** Of an act that refunds: none when it refunds the whole charge. */
  refund?: string
}

const tableMs = 60_000 // enough for a whole table
const pageMs = 10_000

interface Scope {
  since: Date
  payments: readonly { id: string }[]
}

/** With a scope: of its payments, and what was charged since and is no payment of ours. */
export async function ledgerOf(
  at: Pick<Sources, 'payments' | 'ledgerFile' | 'provider'>,
  scope?: Scope,
): Promise<Pick<Snapshot, 'ledger' | 'knowsExternalCharges'>> {
  const paymentOf = await keysOf(at.payments, scope)
  const [simulated, external] = await Promise.all([
    tableActs(at.payments, scope && { since: scope.since, keys: [...paymentOf.keys()] }),
    externalActs(at, scope),
  ])
  const ledger = new Map<string, LedgerEntry>()
  for (const act of [...simulated, ...(external ?? [])]) {
    const id = paymentOf.get(act.key) ?? act.key
    ledger.set(id, entered(ledger.get(id), act))
  }
  if (scope) for (const id of await othersOf(at.payments, ledger, scope)) ledger.delete(id)
  return { ledger, knowsExternalCharges: external !== undefined }
}

/** Payments of ours that are not in the scope. */
async function othersOf(url: string, ledger: ReadonlyMap<string, LedgerEntry>, { payments }: Scope): Promise<string[]> {
  const inScope = new Set(payments.map(({ id }) => id))
  const keys = [...ledger.keys()].filter(id => !inScope.has(id))
  const sql = `
    SELECT key FROM unnest($1::uuid[]) AS key
    WHERE EXISTS (SELECT FROM payments WHERE id = key) OR EXISTS (SELECT FROM provider_keys WHERE provider_keys.key = key)`
  return (await query<{ key: string }>(url, sql, [keys], tableMs)).map(({ key }) => key)
}

function entered(before: LedgerEntry | undefined, { act, amount, currency, refund }: Act): LedgerEntry {
  const entry = before ?? { captures: 0, captured: 0, currencies: [], refunds: [] }
  if (act === 'decline') return entry
  if (act === 'refund') return { ...entry, refunds: [...entry.refunds, { id: refund, amount }] }
  return {
    ...entry,
    captures: entry.captures + 1,
    captured: entry.captured + amount,
    currencies: [...new Set([...entry.currencies, currency])],
  }
}

/** The payment of each key at the provider. Without a later key, it is its own. */
async function keysOf(url: string, scope: Scope | undefined): Promise<Map<string, string>> {
  const ids = scope?.payments.map(({ id }) => id)
  const sql = `SELECT key, payment_id AS id FROM provider_keys ${ids ? 'WHERE payment_id = ANY($1::uuid[])' : ''}`
  const found = await query<{ key: string; id: string }>(url, sql, ids ? [ids] : [], tableMs)
  return new Map([
    ...(ids ?? []).map((id): [string, string] => [id, id]),
    ...found.map(({ key, id }): [string, string] => [key, id]),
  ])
}

interface Charge {
  key: string
  outcome: string
  amount: number
  currency: string
  /** All of it. */
  refunded: boolean
  refunds?: { id: string; outcome: string; amount: number }[]
}

async function tableActs(url: string, scope: { since: Date; keys: readonly string[] } | undefined): Promise<Act[]> {
  const sql = `
    SELECT idempotency_key AS key, outcome, amount::float8 AS amount, currency, refunded, refunds
    FROM simulated_provider LEFT JOIN (
      SELECT charge_key, max(at) AS refunded_at, json_agg(json_build_object('id', refund_id, 'outcome', outcome, 'amount', amount)) AS refunds
      FROM simulated_refunds GROUP BY 1) AS given ON charge_key = idempotency_key
    WHERE ${scope ? 'at >= $1 OR refunded_at >= $1 OR idempotency_key = ANY($2::uuid[])' : 'true'}`
  return (await query<Charge>(url, sql, scope ? [scope.since, scope.keys] : [], tableMs)).flatMap(actsOf)
}

/** A release or a provider that knows no refunds by id says only that all was refunded. */
function actsOf({ key, outcome, amount, currency, refunded, refunds }: Charge): Act[] {
  const given = (refunds ?? []).filter(refund => refund.outcome === 'refunded')
  const rest = given.reduce((left, refund) => left - refund.amount, amount)
  return [
    { act: outcome === 'captured' ? 'capture' : 'decline', key, amount, currency },
    ...given.map((refund): Act => ({ act: 'refund', key, amount: refund.amount, currency, refund: refund.id })),
    ...(refunded && rest > 0 ? [{ act: 'refund', key, amount: rest, currency } as const] : []),
  ]
}

/** Undefined when the charges of a provider that is not the simulated one cannot be listed. */
async function externalActs(
  at: Pick<Sources, 'payments' | 'ledgerFile' | 'provider'>,
  scope: Scope | undefined,
): Promise<Act[] | undefined> {
  if (at.ledgerFile !== undefined) return fileActs(at.ledgerFile)
  return at.provider === undefined ? undefined : listedActs(at.provider, await firstExternal(at.payments, scope))
}

async function firstExternal(url: string, scope: Scope | undefined): Promise<Date> {
  const ids = scope?.payments.map(({ id }) => id)
  const sql = `
    SELECT min(created_at) AS first FROM payments
    WHERE provider_ref NOT LIKE 'sim\\_%' ${ids ? 'AND id = ANY($1::uuid[])' : ''}`
  const [row] = await query<{ first: Date | null }>(url, sql, ids ? [ids] : [], tableMs)
  return row?.first ?? new Date()
}

async function fileActs(file: string): Promise<Act[]> {
  const acts: Act[] = []
  for await (const line of createInterface({ input: createReadStream(file) }))
    if (line.endsWith('}')) acts.push(JSON.parse(line) as Act) // the last line may be half written
  return acts
}

/**
 * Reads charges since a mark, page by page: `GET /charges?since=…&cursor=…`. Undefined when the provider has no such
 * list; rejects when it does not answer.
 */
async function listedActs(provider: string, since: Date): Promise<Act[] | undefined> {
  const acts: Act[] = []
  for (let cursor: string | undefined = ''; cursor !== undefined;) {
    const search = new URLSearchParams({ since: since.toISOString(), ...(cursor && { cursor }) })
    const response: Response = await fetch(`${provider.replace(/\/+$/, '')}/charges?${search}`, {
      signal: AbortSignal.timeout(pageMs),
    })
    if ([404, 405, 501].includes(response.status)) return undefined
    if (!response.ok) throw new Error(`listing the charges of the payment provider: it answered ${response.status}`)
    const { charges, next } = (await response.json()) as { charges: Charge[]; next?: string } // the README's interface
    acts.push(...charges.flatMap(actsOf))
    cursor = next
  }
  return acts
}
