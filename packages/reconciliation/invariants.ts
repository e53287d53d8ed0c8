import type { EventType } from '@docket/contract/event.ts'
import { topicOf } from '@docket/contract/generated/contract.ts'
import { hasLeft, linesApart, moneyApart, stockApart, twiceBack, undecided } from './lines.ts'
import {
  invariants,
  type Finding,
  type History,
  type Invariant,
  type LedgerEntry,
  type Mark,
  type OrderEntry,
  type PaymentEntry,
  type Snapshot,
  type Unchecked,
} from './snapshot.ts'

// not taken from the contract: a measure must not be derived from what it measures
const finals = new Set(['completed', 'rejected', 'cancelled'])
const endings = new Set(['order.completed', 'order.rejected', 'order.cancelled'])

export interface Strictness {
  /** Seconds: an order that is not final and has been quiet for longer is wrong rather than under way. */
  patienceSeconds: number
}

type Rule = (snapshot: Snapshot, strictness: Strictness) => [about: string, text: string][]

export function findings(snapshot: Snapshot, strictness: Strictness): Finding[] {
  const names = Object.keys(invariants) as Invariant[] // Object.keys returns string[]
  return names.flatMap(invariant =>
    rules[invariant](snapshot, strictness).map(([about, text]) => ({ invariant, about, text })),
  )
}

export function unchecked(snapshot: Snapshot): Unchecked {
  const n = [...snapshot.payments.values()].filter(payment => isOutOfSight(snapshot, payment)).length
  const why = `${n} payments were charged by a provider whose charges cannot be listed: see MGMT_PAYMENT_PROVIDER`
  return n === 0 ? {} : { I4: why, L3: why }
}

const isOutOfSight = (snapshot: Snapshot, payment: PaymentEntry) => payment.isExternal && !snapshot.knowsExternalCharges
const nothingCharged: LedgerEntry = { captures: 0, captured: 0, currencies: [], refunds: [] }

export const isUnderWay = (order: OrderEntry, { patienceSeconds }: Strictness) =>
  !finals.has(order.status) && order.quietSeconds <= patienceSeconds

const waitsForPeople = ({ status, waitsForPeople: waits }: OrderEntry) => status === 'accepted' && waits

const rules: Record<Invariant, Rule> = {
  I1: (snapshot, strictness) =>
    [...snapshot.orders].flatMap(([id, order]): [string, string][] => {
      if (isUnderWay(order, strictness) || waitsForPeople(order)) return []
      if (!finals.has(order.status))
        return [[id, `is still ${order.status}, and quiet for ${Math.round(order.quietSeconds)} s`]]
      if (isPast(snapshot.past.details, id)) return [] // its timeline may have been deleted
      const ends = order.timeline.filter(event => endings.has(event))
      const begins = order.isUnknown || order.timeline[0] === 'order.created'
      const right = begins && ends.length === 1 && ends[0] === `order.${order.status}`
      return right ? [] : [[id, `is ${order.status}, but its timeline is ${order.timeline.join(', ') || 'empty'}`]]
    }),

  I2: snapshot =>
    snapshot.promised.flatMap(({ key, orderId }): [string, string][] =>
      snapshot.orders.has(orderId) || isPast(snapshot.past.orders, orderId)
        ? []
        : [[orderId, `was acknowledged under the key ${key}, and does not exist`]],
    ),

  I3(snapshot, strictness) {
    const wrong = snapshot.items.flatMap((item): [string, string][] => {
      const { sku, received, available, reserved, shipped, reservedAnywhere, held } = item
      const faults = [
        received !== available + reserved + shipped &&
          `${received} received, but ${available} + ${reserved} + ${shipped} there, reserved and shipped`,
        Math.min(received, available, reserved, shipped) < 0 && 'less than nothing is left',
        held !== reservedAnywhere && `${reservedAnywhere} reserved, but its reservations are for ${held}`,
      ].filter(fault => fault !== false)
      return faults.map(fault => [sku, fault])
    })
    for (const [id, claim] of snapshot.claims) {
      const order = snapshot.orders.get(id)
      if (claim.status === 'reserved' && order && finals.has(order.status) && !hasJustEnded(order, strictness))
        wrong.push([id, `is ${order.status}, and still holds stock`])
      if (claim.status === 'claimed') wrong.push([id, 'has a claim on stock that was never decided'])
    }
    return wrong
  },

  I4: (snapshot, strictness) =>
    [...snapshot.payments]
      .flatMap(([id, payment]): [string, string][] => {
        const order = snapshot.orders.get(id)
        if (isTooYoung(order, strictness) || isOutOfSight(snapshot, payment)) return []
        const entry = snapshot.ledger.get(payment.id) ?? nothingCharged
        const faults: (string | false)[] = [
          payment.status === 'succeeded' &&
            order !== undefined &&
            payment.amount !== order.total &&
            `costs ${order.total}, our payment is for ${payment.amount}`,
          payment.status === 'succeeded' &&
            order !== undefined &&
            payment.currency !== order.currency &&
            `costs ${order.currency}, our payment is in ${payment.currency}`,
          entry.currencies.some(currency => currency !== payment.currency) &&
            `was charged in ${entry.currencies.join(', ')}, our payment is in ${payment.currency}`,
          entry.captures > 1 && `was charged ${entry.captures} times`,
          entry.captured - refundedOf(entry) !== owed(payment) &&
            `the provider has ${entry.captured - refundedOf(entry)} of it, our payment is ${payment.status} and should have ${owed(payment)}`,
        ]
        return faults.filter(fault => fault !== false).map(fault => [id, fault])
      })
      .concat(strangers(snapshot)),

  I5: (snapshot, strictness) =>
    [...snapshot.orders].flatMap(([id, order]): [string, string][] => {
      if (isTooYoung(order, strictness) || isPast(snapshot.past.details, id)) return []
      const happened = counted(
        ['inventory-events', 'payment-events', 'shipping-events'].flatMap(
          topic => historyOf(snapshot, topic, id)?.types ?? [],
        ),
      )
      const noted = counted(order.timeline.filter(event => !event.startsWith('order.')))
      const times = (of: ReadonlyMap<string, number>, type: string) => of.get(type) ?? 0
      // what preceded the payment of an unknown order is a dead letter: stock.reserved
      const missing = order.isUnknown
        ? []
        : [...happened.keys()].filter(type => times(noted, type) < times(happened, type))
      const invented = [...noted.keys()].filter(
        type => times(happened, type) < times(noted, type) && !mayBeDeleted(snapshot, type, id),
      )
      return [
        ...missing.map((type): [string, string] => [id, `${type} happened, and its timeline does not say so`]),
        ...invented.map((type): [string, string] => [id, `its timeline says ${type}, and no topic does`]),
      ]
    }),

  I6: snapshot =>
    [...snapshot.histories].flatMap(([topic, byKey]) =>
      [...byKey].flatMap(([key, { jumps, doubles }]): [string, string][] => [
        ...jumps.map((jump): [string, string] => [key, `${topic}: ${jump}`]),
        ...doubles.map((double): [string, string] => [key, `${topic}: ${double}`]),
      ]),
    ),

  I7: (snapshot, strictness) =>
    [...expectedEvents(snapshot, strictness)].flatMap(([topic, expected]) => {
      const wrong: [string, string][] = []
      for (const [key, { count, types }] of expected) {
        if (isPast(snapshot.past.details, key)) continue // its events are as old as those that may have been deleted
        const found = historyOf(snapshot, topic, key)?.types ?? []
        const deleted = deletedEvents(snapshot, topic, key, count)
        if (deleted + found.length !== count)
          wrong.push([key, `has ${count} changes, and ${found.length} events in ${topic}`])
        else if (types && found.join() !== types.slice(deleted).join())
          wrong.push([key, `should have sent ${types.slice(deleted).join(', ')}, and sent ${found.join(', ')}`])
      }
      const lettered = new Set(snapshot.letters.map(letter => letter.key))
      for (const key of snapshot.histories.get(topic)?.keys() ?? []) {
        const isForged = snapshot.orders.get(key)?.isUnknown // the alert UnknownOrders has already reported it
        const isExplained = expected.has(key) || lettered.has(key) || isForged || isPast(snapshot.past.details, key)
        if (!isExplained && key !== keyOfMarks && !isTooYoung(snapshot.orders.get(key), strictness))
          wrong.push([key, `has events in ${topic}, but no service has it`])
      }
      return wrong
    }),

  I8(snapshot) {
    const set = new Set(snapshot.letters.map(letter => `${letter.topic}/${letter.partition}/${letter.offset}`))
    return [...snapshot.broken]
      .filter(position => !set.has(position))
      .map(position => [position, 'cannot be understood, and is not among the dead letters'])
  },

  I9: (snapshot, strictness) =>
    [...snapshot.orders].flatMap(([id, order]): [string, string][] => {
      if (isTooYoung(order, strictness) || !finals.has(order.status) || isPast(snapshot.past.orders, id)) return []
      const completed = order.status === 'completed'
      const claim = snapshot.claims.get(id)?.status ?? 'unknown'
      const payment = snapshot.payments.get(id)?.status ?? 'unknown'
      const left = snapshot.shipments.get(id)?.shipments.some(hasLeft) ?? false
      const isCharged = payment === 'succeeded' || (completed && (payment === 'refunding' || payment === 'refunded'))
      const faults = [
        !(claim === 'unknown' && isPast(snapshot.past.details, id)) &&
          completed !== (claim === 'committed') &&
          `its stock is ${claim}`,
        completed !== isCharged && `its payment is ${payment}`,
        completed !== left && (left ? 'a parcel left' : 'no parcel left'),
      ].filter(fault => fault !== false)
      return faults.map(fault => [id, `is ${order.status}, and ${fault}`])
    }),

  L1: (snapshot, strictness) => linesApart(snapshot, quietOrders(snapshot, strictness)),
  L2: snapshot => stockApart(snapshot),
  L3: (snapshot, strictness) =>
    moneyApart(snapshot, quietOrders(snapshot, strictness), payment => !isOutOfSight(snapshot, payment)),
  L4: (snapshot, strictness) => twiceBack(snapshot, quietOrders(snapshot, strictness)),
  L5: (snapshot, strictness) => undecided(snapshot, quietOrders(snapshot, strictness), strictness.patienceSeconds),
}

/** What an operator retries may fail often, under one reference: once in the timeline. */
const mayRepeat = new Set(['payment.refund_failed'])

const counted = (types: readonly string[]): ReadonlyMap<string, number> =>
  new Map([...Map.groupBy(types, type => type)].map(([type, some]) => [type, mayRepeat.has(type) ? 1 : some.length]))

/** Other services learn of a change later, and may have moved after order-service did. */
function quietOrders(snapshot: Snapshot, strictness: Strictness): ReadonlyMap<string, OrderEntry> {
  const { patienceSeconds } = strictness
  const isQuiet = (entry: { quietSeconds: number } | undefined) =>
    entry === undefined || patienceSeconds === 0 || entry.quietSeconds > patienceSeconds
  return new Map(
    [...snapshot.orders].filter(
      ([id, order]) =>
        order.status !== 'pending' &&
        !order.isUnknown &&
        !isTooYoung(order, strictness) &&
        isQuiet(snapshot.shipments.get(id)) &&
        isQuiet(snapshot.payments.get(id)) &&
        !isPast(snapshot.past.details, id),
    ),
  )
}

/** What undoes or finishes an order that has just ended may still be on its way. */
const hasJustEnded = (order: OrderEntry, { patienceSeconds }: Strictness) =>
  order.quietSeconds <= patienceSeconds && patienceSeconds > 0

const refundedOf = ({ refunds }: LedgerEntry) => refunds.reduce((sum, { amount }) => sum + amount, 0)

/** What the provider should have: the payment without what it has given back. */
const owed = ({ status, amount, refunds }: PaymentEntry) =>
  ['succeeded', 'refunding', 'refunded'].includes(status)
    ? refunds.reduce((left, refund) => left - (refund.status === 'given' ? refund.amount : 0), amount)
    : 0

function strangers(snapshot: Snapshot): [string, string][] {
  const others = new Set([...snapshot.claims.keys(), ...snapshot.payments.keys(), ...snapshot.shipments.keys()])
  const ours = new Set([...snapshot.payments.values()].map(payment => payment.id))
  return [
    ...[...others]
      .filter(id => !snapshot.orders.has(id) && !isPast(snapshot.past.orders, id))
      .map((id): [string, string] => [id, 'is known to others, but not to order-service']),
    ...[...snapshot.ledger]
      .filter(([id, entry]) => !ours.has(id) && entry.captured > refundedOf(entry) && !mayBePurged(snapshot, id))
      .map(([id]): [string, string] => [id, 'was charged by the provider, and is no payment of ours']),
  ]
}

/** `retention.passed` is about no aggregate, so its key is skipped. */
const keyOfMarks = 'retention'

/** Only the id of an order, a UUID v7 that carries its time, can be past a mark. */
const isPast = ({ before, kept }: Mark, id: string) => id < before && isTimed.test(id) && !kept.has(id)
const isTimed = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/

/** A payment as old as a deleted one may be missing here, because the provider keeps its ledger for longer. */
const mayBePurged = ({ past: { newestPayment } }: Snapshot, paymentId: string) =>
  newestPayment !== null && paymentId <= newestPayment && isTimed.test(paymentId)

const historyOf = (snapshot: Snapshot, topic: string, key: string): History | undefined =>
  snapshot.histories.get(topic)?.get(key)

const clocksDifferSeconds = 60 // between the databases, and whatever stamped the records

const agesOfItems = new WeakMap<Snapshot, Map<string, number>>()

function itemAges(snapshot: Snapshot): Map<string, number> {
  const known = agesOfItems.get(snapshot) ?? new Map(snapshot.items.map(({ sku, ageSeconds }) => [sku, ageSeconds]))
  agesOfItems.set(snapshot, known)
  return known
}

/** An aggregate older than what its topic still holds completely may have a history that begins later. */
function mayBeginLater(snapshot: Snapshot, topic: string, key: string): boolean {
  const completeForSeconds = snapshot.completeForSeconds.get(topic)
  if (completeForSeconds === undefined) return false
  const age = snapshot.orders.get(key)?.ageSeconds ?? itemAges(snapshot).get(key)
  return age !== undefined && age > completeForSeconds - clocksDifferSeconds
}

function deletedEvents(snapshot: Snapshot, topic: string, key: string, count: number): number {
  if (!mayBeginLater(snapshot, topic, key)) return 0
  const history = historyOf(snapshot, topic, key)
  if (history) return history.first - 1
  const order = topic === 'order-events' ? snapshot.orders.get(key) : undefined
  const completeForSeconds = snapshot.completeForSeconds.get(topic) ?? 0
  // an aggregate that has changed since must have its last event
  return order !== undefined && order.quietSeconds < completeForSeconds - clocksDifferSeconds ? 0 : count
}

function mayBeDeleted(snapshot: Snapshot, type: string, key: string): boolean {
  const topic = Object.hasOwn(topicOf, type) ? topicOf[type as EventType] : undefined // hasOwn has checked it
  return topic !== undefined && mayBeginLater(snapshot, topic, key) && historyOf(snapshot, topic, key)?.first !== 1
}

const isTooYoung = (order: OrderEntry | undefined, strictness: Strictness) =>
  order !== undefined && (isUnderWay(order, strictness) || hasJustEnded(order, strictness))

interface Expected {
  count: number
  types?: string[]
}

const orderEvents: Record<string, string[]> = {
  pending: ['order.created'],
  accepted: ['order.created', 'order.accepted'],
  completed: ['order.created', 'order.accepted', 'order.completed'],
  cancelled: ['order.created', 'order.cancelled'],
}
const claimEvents: Record<string, string[]> = {
  reserved: ['stock.reserved'],
  rejected: ['stock.rejected'],
  released: ['stock.reserved', 'stock.released'],
  committed: ['stock.reserved', 'stock.committed'],
}
const paymentEvents: Record<string, string[]> = { succeeded: ['payment.succeeded'], failed: ['payment.failed'] }

/** Nothing happened to the order that its status does not tell, so its events are known one by one. */
const isPlain = ({ requests, returns }: OrderEntry) => requests.length === 0 && returns.length === 0

function expectedEvents(snapshot: Snapshot, strictness: Strictness): Map<string, Map<string, Expected>> {
  const oldEnough = <T>(entries: Iterable<[string, T]>) =>
    [...entries].filter(([id]) => !isTooYoung(snapshot.orders.get(id), strictness))
  const of = (version: number, types: string[] | undefined): Expected => ({ count: version, ...(types && { types }) })
  const ifPlain = (id: string, types: string[] | undefined) => {
    const order = snapshot.orders.get(id)
    return order && !isPlain(order) ? undefined : types
  }
  const shipmentsOf = (id: string) => snapshot.shipments.get(id)?.shipments ?? []
  return new Map([
    [
      'order-events',
      new Map(
        oldEnough(snapshot.orders).map(([id, order]) => [
          id,
          of(order.version, order.isUnknown ? ['order.cancelled'] : ifPlain(id, orderEvents[order.status])),
        ]),
      ),
    ],
    [
      'inventory-events',
      new Map([
        ...oldEnough(snapshot.claims)
          .filter(([, claim]) => claim.status !== 'void')
          .map(([id, claim]): [string, Expected] => [
            id,
            of(claim.version, shipmentsOf(id).length > 1 ? undefined : ifPlain(id, claimEvents[claim.status])),
          ]),
        ...snapshot.items.map((item): [string, Expected] => [item.sku, of(item.version, undefined)]),
      ]),
    ],
    [
      'payment-events',
      new Map(
        oldEnough(snapshot.payments)
          .filter(([, payment]) => payment.version > 0)
          .map(([id, payment]) => [
            id,
            of(payment.version, payment.refunds.length > 0 ? undefined : paymentEvents[payment.status]),
          ]),
      ),
    ],
    [
      'shipping-events',
      new Map(
        oldEnough(snapshot.shipments)
          .filter(([, { version }]) => version > 0)
          .map(([id, { version, shipments }]) => [
            id,
            of(version, version === 1 && shipments.some(hasLeft) ? ['shipment.shipped'] : undefined),
          ]),
      ),
    ],
  ])
}
