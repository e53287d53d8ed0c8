import type { StoredDeadLetter } from '@docket/kafka/dead-letter-queue.ts'

export interface Snapshot {
  orders: Map<string, OrderEntry>
  promised: { key: string; orderId: string }[]
  items: ItemEntry[]
  claims: Map<string, ClaimEntry>
  payments: Map<string, PaymentEntry>
  ledger: Map<string, LedgerEntry>
  knowsExternalCharges: boolean
  shipments: Set<string>
  histories: Map<string, Map<string, History>>
  completeForSeconds: Map<string, number>
  /** How far retention has passed, as order-service says. No service is ahead of it. */
  past: { details: Mark; orders: Mark; newestPayment: string | null }
  letters: Letter[]
  broken: Set<string>
}

export interface Mark {
  before: string
  kept: ReadonlySet<string>
}

export interface OrderEntry {
  status: string
  isUnknown: boolean
  /** Minor units of the currency. */
  total: number
  currency: string
  version: number
  /** Seconds since it last changed, by its database's clock. */
  quietSeconds: number
  /** Seconds since it was created. */
  ageSeconds: number
  timeline: string[]
}

export interface ItemEntry {
  sku: string
  ageSeconds: number
  version: number
  received: number
  available: number
  reserved: number
  shipped: number
  moved: { available: number; reserved: number; shipped: number }
  /** What the reservations say that stand, and those that have left, with those whose claim was deleted. */
  held: number
  gone: number
}

export interface ClaimEntry {
  status: string
  version: number
}

export interface PaymentEntry {
  id: string
  status: string
  /** Minor units of the currency. */
  amount: number
  currency: string
  version: number
  isExternal: boolean
}

export interface LedgerEntry {
  captures: number
  refunds: number
  /** Of the captures, minor units. */
  captured: number
  refunded: number
  currencies: string[]
}

/** The events of one aggregate in one topic, as they first occurred. */
export interface History {
  types: string[]
  /** The ce_sequence of the first event that Kafka has kept: 1, unless retention has deleted earlier ones. */
  first: number
  last: number
  jumps: string[]
  doubles: string[]
}

export type Letter = Pick<StoredDeadLetter, 'topic' | 'partition' | 'offset' | 'key'>

export const emptyHistory = (): History => ({ types: [], first: 0, last: 0, jumps: [], doubles: [] })

export interface Finding {
  invariant: Invariant
  about: string
  text: string
}

export type Invariant = keyof typeof invariants

export type Unchecked = Partial<Record<Invariant, string>>

export const invariants = {
  I1: 'every order ends once, and nothing follows',
  I2: 'what was acknowledged exists',
  I3: 'stock is conserved, and nothing final holds any',
  I4: "money is conserved, by our payments and the provider's ledger",
  I5: 'every event had its effect everywhere',
  I6: 'events of one aggregate keep their order',
  I7: 'no event without its change, no change without its event',
  I8: 'what cannot be handled is a dead letter, once',
  I9: 'completed, charged, gone and shipped are one',
} as const
