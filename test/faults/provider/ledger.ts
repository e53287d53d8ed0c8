import { closeSync, existsSync, mkdirSync, openSync, readFileSync, writeSync } from 'node:fs'
import { dirname } from 'node:path'

export interface Charge {
  outcome: 'captured' | 'declined'
  amount: number
  currency: string
  token: string
  at: string
  reason?: string
  /** In one: all that was left. */
  isRefunded: boolean
}

export interface Refund {
  outcome: 'refunded' | 'declined'
  id: string
  amount: number
  at: string
  reason?: string
}

interface Entry {
  at: string
  act: 'capture' | 'decline' | 'refund'
  /** Of the charge. */
  key: string
  amount: number
  currency: string
  token?: string
  reason?: string | undefined
  /** Of a refund, and of a refund that was declined: its id and its key. */
  refund?: string | undefined
  refundKey?: string | undefined
  isWhole?: boolean
}

export interface Ledger {
  find(key: string): Charge | undefined
  findRefund(key: string): Refund | undefined
  /** Newest last. */
  since(mark: string): [key: string, Charge][]
  refundsOf(charge: string): Refund[]
  /** What can still be refunded. */
  leftOf(charge: string): number
  append(entry: Omit<Entry, 'at'>): void
  close(): void
}

/** A file that is only appended to; what it says is read when the provider starts. */
export function openLedger(file: string): Ledger {
  mkdirSync(dirname(file), { recursive: true, mode: 0o700 })
  const charges = new Map<string, Charge>()
  const refunds = new Map<string, Refund>()
  const byCharge = new Map<string, Refund[]>()

  const refundsOf = (charge: string) => byCharge.get(charge) ?? []
  const apply = ({ act, key, at, amount, currency, token = '', reason, refund, refundKey, isWhole }: Entry) => {
    const more = reason === undefined ? {} : { reason }
    const known = charges.get(key)
    if (act === 'refund' && known && isWhole) known.isRefunded = true
    if (refund !== undefined && refundKey !== undefined) {
      const outcome = act === 'refund' ? 'refunded' : 'declined'
      const entered: Refund = { outcome, id: refund, amount, at, ...more }
      refunds.set(refundKey, entered)
      byCharge.set(key, [...refundsOf(key), entered])
    } else if (act !== 'refund') {
      const outcome = act === 'capture' ? 'captured' : 'declined'
      charges.set(key, { outcome, amount, currency, token, at, ...more, isRefunded: false })
    }
  }

  const lines = existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []
  for (const line of lines.filter(text => text.endsWith('}'))) apply(JSON.parse(line) as Entry)
  const descriptor = openSync(file, 'a')
  if (lines.at(-1)) writeSync(descriptor, '\n') // a kill may leave half a line, which counts for nothing
  return {
    find: key => charges.get(key),
    findRefund: key => refunds.get(key),
    since: mark => [...charges].filter(([, { at }]) => at >= mark),
    refundsOf,
    leftOf(key) {
      const charge = charges.get(key)
      if (charge?.outcome !== 'captured' || charge.isRefunded) return 0
      return refundsOf(key).reduce(
        (left, { outcome, amount }) => left - (outcome === 'refunded' ? amount : 0),
        charge.amount,
      )
    },
    append(entry) {
      const kept = { at: new Date().toISOString(), ...entry }
      writeSync(descriptor, `${JSON.stringify(kept)}\n`)
      apply(kept)
    },
    close: () => closeSync(descriptor),
  }
}
