import type { EventType } from '@docket/contract/event.ts'
import { topicOf } from '@docket/contract/generated/contract.ts'
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

// not those of the contract: what measures is not made of what it measures
const finals = new Set(['completed', 'rejected', 'cancelled'])
const endings = new Set(['order.completed', 'order.rejected', 'order.cancelled'])

export interface Strictness {
  /** An order that is not final and has been quiet for longer is wrong, not under way; seconds. */
  patienceSeconds: number
}

type Rule = (snapshot: Snapshot, strictness: Strictness) => [about: string, text: string][]

export function findings(snapshot: Snapshot, strictness: Strictness): Finding[] {
  const names = Object.keys(invariants) as Invariant[] // Object.keys forgets what the keys are
  return names.flatMap(invariant =>
    rules[invariant](snapshot, strictness).map(([about, text]) => ({ invariant, about, text })),
  )
}

/** What could not be checked, because no ledger shows it. */
export function unchecked(snapshot: Snapshot): Unchecked {
  const n = [...snapshot.payments.values()].filter(payment => isOutOfSight(snapshot, payment)).length
  return n === 0
    ? {}
    : { I4: `${n} payments were charged by a provider whose charges cannot be listed: see MGMT_PAYMENT_PROVIDER` }
}

const isOutOfSight = (snapshot: Snapshot, payment: PaymentEntry) => payment.isExternal && !snapshot.knowsExternalCharges
const nothingCharged: LedgerEntry = { captures: 0, refunds: 0, captured: 0, refunded: 0, currencies: [] }

export const isUnderWay = (order: OrderEntry, { patienceSeconds }: Strictness) =>
  !finals.has(order.status) && order.quietSeconds <= patienceSeconds

const rules: Record<Invariant, Rule> = {
  I1: (snapshot, strictness) =>
    [...snapshot.orders].flatMap(([id, order]): [string, string][] => {
      if (isUnderWay(order, strictness)) return []
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
      const { sku, received, available, reserved, shipped, moved, held, gone } = item
      const faults = [
        received !== available + reserved + shipped &&
          `${received} received, but ${available} + ${reserved} + ${shipped} there, reserved and shipped`,
        Math.min(received, available, reserved, shipped) < 0 && 'less than nothing is left',
        (moved.available !== available || moved.reserved !== reserved || moved.shipped !== shipped) &&
          'its movements add up to something else',
        held !== reserved && `${reserved} reserved, but its reservations are for ${held}`,
        gone !== shipped && `${shipped} shipped, but its orders took ${gone}`,
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
          entry.refunds > entry.captures && `was refunded ${entry.refunds} times and charged ${entry.captures} times`,
          entry.captured - entry.refunded !== owed(payment) &&
            `the provider has ${entry.captured - entry.refunded} of it, our payment is ${payment.status} over ${payment.amount}`,
        ]
        return faults.filter(fault => fault !== false).map(fault => [id, fault])
      })
      .concat(strangers(snapshot)),

  I5: (snapshot, strictness) =>
    [...snapshot.orders].flatMap(([id, order]): [string, string][] => {
      if (isTooYoung(order, strictness) || isPast(snapshot.past.details, id)) return []
      const happened = new Set(
        ['inventory-events', 'payment-events', 'shipping-events'].flatMap(
          topic => historyOf(snapshot, topic, id)?.types ?? [],
        ),
      )
      const noted = new Set(order.timeline.filter(event => !event.startsWith('order.')))
      // what came before the payment of an unknown order is a dead letter: stock.reserved
      const missing = order.isUnknown ? [] : [...happened].filter(type => !noted.has(type))
      const invented = [...noted].filter(type => !happened.has(type) && !mayBeDeleted(snapshot, type, id))
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
        if (isPast(snapshot.past.details, key)) continue // its events are as old as what may have been deleted
        const found = historyOf(snapshot, topic, key)?.types ?? []
        const deleted = deletedEvents(snapshot, topic, key, count)
        if (deleted + found.length !== count)
          wrong.push([key, `has ${count} changes, and ${found.length} events in ${topic}`])
        else if (types && found.join() !== types.slice(deleted).join())
          wrong.push([key, `should have sent ${types.slice(deleted).join(', ')}, and sent ${found.join(', ')}`])
      }
      const lettered = new Set(snapshot.letters.map(letter => letter.key))
      for (const key of snapshot.histories.get(topic)?.keys() ?? []) {
        const isForged = snapshot.orders.get(key)?.isUnknown // the alert UnknownOrders has said so
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
      const shipped = snapshot.shipments.has(id)
      const faults = [
        !(claim === 'unknown' && isPast(snapshot.past.details, id)) &&
          completed !== (claim === 'committed') &&
          `its stock is ${claim}`,
        completed !== (payment === 'succeeded') && `its payment is ${payment}`,
        completed !== shipped && (shipped ? 'a parcel left' : 'no parcel left'),
      ].filter(fault => fault !== false)
      return faults.map(fault => [id, `is ${order.status}, and ${fault}`])
    }),
}

/** An order that has just ended: what undoes or finishes it may still be on its way. */
const hasJustEnded = (order: OrderEntry, { patienceSeconds }: Strictness) =>
  order.quietSeconds <= patienceSeconds && patienceSeconds > 0

const owed = (payment: { status: string; amount: number }) =>
  payment.status === 'succeeded' || payment.status === 'refunding' ? payment.amount : 0

function strangers(snapshot: Snapshot): [string, string][] {
  const others = new Set([...snapshot.claims.keys(), ...snapshot.payments.keys(), ...snapshot.shipments])
  const ours = new Set([...snapshot.payments.values()].map(payment => payment.id))
  return [
    ...[...others]
      .filter(id => !snapshot.orders.has(id) && !isPast(snapshot.past.orders, id))
      .map((id): [string, string] => [id, 'is known to others, but not to order-service']),
    ...[...snapshot.ledger]
      .filter(([id, entry]) => !ours.has(id) && entry.captures > entry.refunds && !mayBePurged(snapshot, id))
      .map(([id]): [string, string] => [id, 'was charged by the provider, and is no payment of ours']),
  ]
}

/** The key of the events that say how far retention has passed: no aggregate. */
const keyOfMarks = 'retention'

/** Only the id of an order can be past a mark: a UUID v7, which carries its time. */
const isPast = ({ before, kept }: Mark, id: string) => id < before && isTimed.test(id) && !kept.has(id)
const isTimed = /^[\da-f]{8}-[\da-f]{4}-7[\da-f]{3}-[\da-f]{4}-[\da-f]{12}$/

/** A payment that is as old as one that was deleted: the provider's ledger keeps it for longer. */
const mayBePurged = ({ past: { newestPayment } }: Snapshot, paymentId: string) =>
  newestPayment !== null && paymentId <= newestPayment && isTimed.test(paymentId)

const historyOf = (snapshot: Snapshot, topic: string, key: string): History | undefined =>
  snapshot.histories.get(topic)?.get(key)

const clocksDifferSeconds = 60 // those of the databases, and of what stamped the records

const agesOfItems = new WeakMap<Snapshot, Map<string, number>>()

function itemAges(snapshot: Snapshot): Map<string, number> {
  const known = agesOfItems.get(snapshot) ?? new Map(snapshot.items.map(({ sku, ageSeconds }) => [sku, ageSeconds]))
  agesOfItems.set(snapshot, known)
  return known
}

/** Whether an aggregate is older than what its topic still has completely, so that its history may begin later. */
function mayBeginLater(snapshot: Snapshot, topic: string, key: string): boolean {
  const completeForSeconds = snapshot.completeForSeconds.get(topic)
  if (completeForSeconds === undefined) return false
  const age = snapshot.orders.get(key)?.ageSeconds ?? itemAges(snapshot).get(key)
  return age !== undefined && age > completeForSeconds - clocksDifferSeconds
}

/** Of the first `count` events of an aggregate: how many retention has deleted, as far as that can explain it. */
function deletedEvents(snapshot: Snapshot, topic: string, key: string, count: number): number {
  if (!mayBeginLater(snapshot, topic, key)) return 0
  const history = historyOf(snapshot, topic, key)
  if (history) return history.first - 1
  const order = topic === 'order-events' ? snapshot.orders.get(key) : undefined
  const completeForSeconds = snapshot.completeForSeconds.get(topic) ?? 0
  // one that has changed since: its last event must be there
  return order !== undefined && order.quietSeconds < completeForSeconds - clocksDifferSeconds ? 0 : count
}

function mayBeDeleted(snapshot: Snapshot, type: string, key: string): boolean {
  const topic = Object.hasOwn(topicOf, type) ? topicOf[type as EventType] : undefined // hasOwn: it is one
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

function expectedEvents(snapshot: Snapshot, strictness: Strictness): Map<string, Map<string, Expected>> {
  const oldEnough = <T>(entries: Iterable<[string, T]>) =>
    [...entries].filter(([id]) => !isTooYoung(snapshot.orders.get(id), strictness))
  const of = (version: number, types: string[] | undefined): Expected => ({ count: version, ...(types && { types }) })
  return new Map([
    [
      'order-events',
      new Map(
        oldEnough(snapshot.orders).map(([id, order]) => [
          id,
          of(order.version, order.isUnknown ? ['order.cancelled'] : orderEvents[order.status]),
        ]),
      ),
    ],
    [
      'inventory-events',
      new Map([
        ...oldEnough(snapshot.claims)
          .filter(([, claim]) => claim.status !== 'void')
          .map(([id, claim]): [string, Expected] => [id, of(claim.version, claimEvents[claim.status])]),
        ...snapshot.items.map((item): [string, Expected] => [item.sku, of(item.version, undefined)]),
      ]),
    ],
    [
      'payment-events',
      new Map(
        oldEnough(snapshot.payments)
          .filter(([, payment]) => payment.version > 0)
          .map(([id, payment]) => [id, of(payment.version, paymentEvents[payment.status])]),
      ),
    ],
    [
      'shipping-events',
      new Map(
        oldEnough([...snapshot.shipments].map((id): [string, undefined] => [id, undefined])).map(([id]) => [
          id,
          of(1, ['shipment.shipped']),
        ]),
      ),
    ],
  ])
}
