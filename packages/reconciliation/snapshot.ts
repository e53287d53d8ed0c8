import type { StoredDeadLetter } from '@docket/kafka/dead-letter-queue.ts'

export interface Snapshot {
  orders: Map<string, OrderEntry>
  promised: { key: string; orderId: string }[]
  items: ItemEntry[]
  stock: StockEntry[]
  claims: Map<string, ClaimEntry>
  payments: Map<string, PaymentEntry>
  ledger: Map<string, LedgerEntry>
  knowsExternalCharges: boolean
  shipments: Map<string, ShippingEntry>
  histories: Map<string, Map<string, History>>
  completeForSeconds: Map<string, number>
  /** How far retention has passed, by order-service, which is always ahead of the others. */
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
  /** In seconds by its own database's clock, since clocks differ. */
  quietSeconds: number
  /** Seconds since it was created. */
  ageSeconds: number
  /** A shipment or a return of it waits for people, so that its being quiet says nothing. */
  waitsForPeople: boolean
  timeline: string[]
  lines: LineEntry[]
  requests: RequestEntry[]
  returns: OrderReturn[]
}

export interface Pieces {
  sku: string
  quantity: number
}

export interface LineEntry extends Pieces {
  /** Minor units of the currency. */
  unitPrice: number
  cancelled: number
  shipped: number
  returned: number
}

export interface RequestEntry {
  id: string
  ageSeconds: number
  /** Null until it is answered. */
  withdrawn: Pieces[] | null
}

export interface OrderReturn {
  id: string
  ageSeconds: number
  lines: Pieces[]
  isCounted: boolean
}

export interface ItemEntry {
  sku: string
  ageSeconds: number
  version: number
  received: number
  available: number
  reserved: number
  shipped: number
  /** At every location; the other numbers are those of main. */
  reservedAnywhere: number
  /** Pieces in reservations that still stand, wherever they lie. */
  held: number
}

export type StockNumbers = Record<(typeof stockNumbers)[number], number>

export const stockNumbers = ['available', 'reserved', 'shipped', 'scrapped', 'lost', 'moved'] as const

/** The stock of an item at a location, and what its movements add up to. */
export interface StockEntry extends StockNumbers {
  sku: string
  location: string
  movements: StockNumbers
}

export interface ClaimEntry {
  status: string
  version: number
  /** What the movements of the order add up to. */
  lines: { sku: string; reserved: number; shipped: number }[]
  /** What the movements booked for each return. */
  returns: ReturnedPieces[]
}

export interface ReturnedPieces extends Pieces {
  returnId: string
  condition: string
}

export interface ShippingEntry {
  /** Of its events. */
  version: number
  /** Since its shipments and returns changed last. */
  quietSeconds: number
  shipments: { id: string; status: string; lines: Pieces[] }[]
  returns: ReturnEntry[]
  requests: string[]
}

export interface ReturnEntry {
  id: string
  shipmentId: string
  kind: string
  status: string
  lines: (Pieces & { condition: string })[]
  /** Of one that was found: the return in which it was lost. */
  lostIn: string | null
}

export interface PaymentEntry {
  id: string
  status: string
  /** Minor units of the currency. */
  amount: number
  currency: string
  version: number
  isExternal: boolean
  quietSeconds: number
  refunds: RefundEntry[]
}

export interface RefundEntry {
  id: string
  kind: string
  /** Minor units of the currency. */
  amount: number
  status: string
  cause: string | null
}

export interface LedgerEntry {
  captures: number
  /** Of the captures, minor units. */
  captured: number
  currencies: string[]
  refunds: LedgerRefund[]
}

/** Without an id: of the whole charge, by a release or a provider that knows no others. */
export interface LedgerRefund {
  id: string | undefined
  /** Minor units of the currency. */
  amount: number
}

/** Only the first occurrence of each event counts, as delivery is at least once. */
export interface History {
  types: string[]
  /** The ce_sequence of the oldest event that Kafka still has: 1, unless retention has deleted earlier ones. */
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
  L1: 'each piece of a line is open, shipped or cancelled, and every service says the same',
  L2: 'stock is conserved at each location',
  L3: "what is kept of a payment is the price of what was kept, and our refunds are the provider's",
  L4: 'no piece comes back, or is paid back, twice',
  L5: 'every cancel request, return and refund is decided once',
} as const
