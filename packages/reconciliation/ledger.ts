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
}

const tableMs = 60_000 // enough for a whole table
const pageMs = 10_000

export async function ledgerOf(at: Sources): Promise<Pick<Snapshot, 'ledger' | 'knowsExternalCharges'>> {
  const [paymentOf, simulated, external] = await Promise.all([
    keysOf(at.payments),
    tableActs(at.payments),
    externalActs(at),
  ])
  const ledger = new Map<string, LedgerEntry>()
  for (const act of [...simulated, ...(external ?? [])]) {
    const id = paymentOf.get(act.key) ?? act.key
    ledger.set(id, entered(ledger.get(id), act))
  }
  return { ledger, knowsExternalCharges: external !== undefined }
}

function entered(before: LedgerEntry | undefined, { act, amount, currency }: Act): LedgerEntry {
  const entry = before ?? { captures: 0, refunds: 0, captured: 0, refunded: 0, currencies: [] }
  if (act === 'decline') return entry
  if (act === 'refund') return { ...entry, refunds: entry.refunds + 1, refunded: entry.refunded + amount }
  return {
    ...entry,
    captures: entry.captures + 1,
    captured: entry.captured + amount,
    currencies: [...new Set([...entry.currencies, currency])],
  }
}

async function keysOf(url: string): Promise<Map<string, string>> {
  const found = await query<{ key: string; id: string }>(
    url,
    'SELECT key, payment_id AS id FROM provider_keys',
    [],
    tableMs,
  )
  return new Map(found.map(({ key, id }) => [key, id]))
}

interface Charge {
  key: string
  outcome: string
  amount: number
  currency: string
  refunded: boolean
}

async function tableActs(url: string): Promise<Act[]> {
  const sql =
    'SELECT idempotency_key AS key, outcome, amount::float8 AS amount, currency, refunded FROM simulated_provider'
  return (await query<Charge>(url, sql, [], tableMs)).flatMap(actsOf)
}

const actsOf = ({ key, outcome, amount, currency, refunded }: Charge): Act[] => [
  { act: outcome === 'captured' ? 'capture' : 'decline', key, amount, currency },
  ...(refunded ? [{ act: 'refund', key, amount, currency } as const] : []),
]

/** Undefined when the charges of a provider that is not the simulated one cannot be listed. */
async function externalActs(at: Sources): Promise<Act[] | undefined> {
  if (at.ledgerFile !== undefined) return fileActs(at.ledgerFile)
  return at.provider === undefined ? undefined : listedActs(at.provider, await firstExternal(at.payments))
}

async function firstExternal(url: string): Promise<Date> {
  const sql = `SELECT min(created_at) AS first FROM payments WHERE provider_ref NOT LIKE 'sim\\_%'`
  const [row] = await query<{ first: Date | null }>(url, sql, [], tableMs)
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
