/**
 * The rules of ARCHITECTURE's table for one order, and every way in which they can come together: deliveries in any
 * order across topics, redeliveries, dead letters that are redriven later, cancel and expiry at any moment, answers of
 * the payment provider that get lost. A rule is changed here first.
 */

/**
 * `ordinary`: an order is created. `forged`: no order is, and somebody who may write to Kafka publishes `stock.reserved`
 * and `payment.succeeded` for it. `lost`: order-service's database is restored from a backup that is older than a
 * pending order.
 */
export type World = 'ordinary' | 'forged' | 'lost'

export const rules = {
  onlyPending: 'only a pending order is accepted',
  stockTombstone: 'a cancellation that overtakes the creation leaves a tombstone at inventory',
  paymentTombstone: 'a cancellation that overtakes the reservation leaves a tombstone at payment',
  note: 'a cancellation while the card is charged is noted, and a success refunded at once',
  unknownPaid: 'payment.succeeded for an order that is unknown is answered with order.cancelled',
  unknownDeclined: 'and so is payment.failed: its stock is reserved',
  once: 'the tombstone of an unknown order is made once',
  collision: 'an order whose id has a tombstone is not created',
} as const

export type Rule = keyof typeof rules

export interface Bounds {
  redeliveries: number
  deadLetters: number
  without?: Rule
}

export interface Result {
  states: number
  endings: Set<string>
  wrong?: { what: string[]; steps: string[] }
}

type Topic = 'order-events' | 'inventory-events' | 'payment-events' | 'shipping-events'
type Consumer = 'order' | 'inventory' | 'payment' | 'shipping'

const consumed: readonly [Consumer, Topic][] = [
  ['order', 'inventory-events'],
  ['order', 'payment-events'],
  ['inventory', 'order-events'],
  ['inventory', 'shipping-events'],
  ['payment', 'inventory-events'],
  ['payment', 'order-events'],
  ['shipping', 'order-events'],
]

interface State {
  /** `tombstone`: order-service never had the order, and has cancelled it. */
  order: '-' | 'pending' | 'accepted' | 'completed' | 'rejected' | 'cancelled' | 'tombstone'
  stock: '-' | 'reserved' | 'rejected' | 'released' | 'committed' | 'void'
  payment: '-' | 'charging' | 'succeeded' | 'failed' | 'refunded' | 'void'
  noted: boolean
  provider: '-' | 'captured' | 'declined'
  refunds: number
  parcels: number
  topics: Readonly<Record<Topic, readonly string[]>>
  positions: readonly number[]
  deadLetters: readonly string[]
  redeliveries: number
  failures: number
  happened: ReadonlySet<'lost' | Forged>
}

const forgeries = ['stock.reserved', 'payment.succeeded'] as const
type Forged = (typeof forgeries)[number]

const start: State = {
  order: '-',
  stock: '-',
  payment: '-',
  noted: false,
  provider: '-',
  refunds: 0,
  parcels: 0,
  topics: { 'order-events': [], 'inventory-events': [], 'payment-events': [], 'shipping-events': [] },
  positions: consumed.map(() => 0),
  deadLetters: [],
  redeliveries: 0,
  failures: 0,
  happened: new Set(),
}

const topicOf: Record<string, Topic> = { order: 'order-events', stock: 'inventory-events', payment: 'payment-events' }

/** The state after `event` was published. What was forged is marked: it is no second event of its service. */
function publishing(state: State, event: string): State['topics'] {
  const topic = topicOf[event.slice(0, event.indexOf('.'))] ?? 'shipping-events'
  return { ...state.topics, [topic]: [...state.topics[topic], event] }
}

const becomes = (state: State, change: Partial<State>, event?: string): State => ({
  ...state,
  ...change,
  ...(event !== undefined && { topics: publishing(state, event) }),
})

type Handle = (state: State, event: string, without: Rule | undefined) => State[]

const handlers: Record<Consumer, Handle> = {
  order(state, event, without) {
    const { order } = state
    const isUnknown = order === '-' || (order === 'tombstone' && without === 'once')
    if (isUnknown && event === 'payment.succeeded' && without !== 'unknownPaid')
      return [becomes(state, { order: 'tombstone' }, 'order.cancelled')]
    if (isUnknown && event === 'payment.failed' && without !== 'unknownDeclined')
      return [becomes(state, { order: 'tombstone' }, 'order.cancelled')]
    if (event === 'payment.succeeded' && (order === 'pending' || (order !== '-' && without === 'onlyPending')))
      return [becomes(state, { order: 'accepted' }, 'order.accepted')]
    if (event === 'stock.rejected' && order === 'pending')
      return [becomes(state, { order: 'rejected' }, 'order.rejected')]
    if (event === 'payment.failed' && order === 'pending') return [cancelled(state)]
    if (event === 'stock.committed' && order === 'accepted')
      return [becomes(state, { order: 'completed' }, 'order.completed')]
    return [state]
  },
  inventory(state, event, without) {
    const { stock } = state
    if (event === 'order.created' && stock === '-')
      return [
        becomes(state, { stock: 'reserved' }, 'stock.reserved'),
        becomes(state, { stock: 'rejected' }, 'stock.rejected'),
      ]
    if (event === 'order.cancelled' && stock === 'reserved')
      return [becomes(state, { stock: 'released' }, 'stock.released')]
    if (event === 'order.cancelled' && stock === '-' && without !== 'stockTombstone')
      return [becomes(state, { stock: 'void' })]
    if (event === 'shipment.shipped' && stock === 'reserved')
      return [becomes(state, { stock: 'committed' }, 'stock.committed')]
    return [state]
  },
  payment(state, event, without) {
    const { payment } = state
    if (event === 'stock.reserved' && payment === '-') return [becomes(state, { payment: 'charging' })]
    if (event !== 'order.cancelled') return [state]
    if (payment === '-' && without !== 'paymentTombstone') return [becomes(state, { payment: 'void' })]
    if (payment === 'charging' && without !== 'note') return [becomes(state, { noted: true })]
    if (payment === 'succeeded') return [refunded(state)]
    return [state]
  },
  shipping: (state, event) =>
    event === 'order.accepted' && state.parcels === 0 ? [becomes(state, { parcels: 1 }, 'shipment.shipped')] : [state],
}

const cancelled = (state: State) => becomes(state, { order: 'cancelled' }, 'order.cancelled')
const refunded = (state: State) =>
  becomes(state, { payment: 'refunded', refunds: state.refunds + 1 }, 'payment.refunded')

type Step = [what: string, next: State]

function steps(state: State, world: World, { redeliveries, deadLetters, without }: Bounds): Step[] {
  return [
    ...fromOutside(state, world, without),
    ...charges(state),
    ...consumed.flatMap(([consumer, topic], at): Step[] => {
      const position = state.positions[at] ?? 0
      const event = state.topics[topic][position]
      const moved = (to: number) => state.positions.with(at, to)
      return [
        ...(event === undefined
          ? []
          : handlers[consumer]({ ...state, positions: moved(position + 1) }, plain(event), without).map(
              (next): Step => [`${event} -> ${consumer}`, next],
            )),
        ...(event !== undefined && state.failures < deadLetters
          ? [
              [
                `${event} -> ${consumer}: dead letter`,
                {
                  ...state,
                  positions: moved(position + 1),
                  failures: state.failures + 1,
                  deadLetters: [...state.deadLetters, `${consumer} ${plain(event)}`],
                },
              ] satisfies Step,
            ]
          : []),
        ...(state.redeliveries < redeliveries
          ? Array.from({ length: position }, (_, to): Step => [
              `${consumer} reads ${topic} again`,
              { ...state, positions: moved(to), redeliveries: state.redeliveries + 1 },
            ])
          : []),
      ]
    }),
    ...state.deadLetters.flatMap((letter, at): Step[] => {
      const [consumer, event] = letter.split(' ') as [Consumer, string] // as it was made above
      const left = { ...state, deadLetters: state.deadLetters.toSpliced(at, 1) }
      return handlers[consumer](left, event, without).map((next): Step => [`${letter}: redriven`, next])
    }),
  ]
}

const plain = (event: string) => event.replace('forged ', '')

function fromOutside(state: State, world: World, without: Rule | undefined): Step[] {
  const { order, happened } = state
  const steps: Step[] = []
  const isNew = order === '-' && world !== 'forged' && !happened.has('lost')
  const isAllowed = order === 'tombstone' && without === 'collision'
  if (isNew || isAllowed) steps.push(['created', becomes(state, { order: 'pending' }, 'order.created')])
  if (order === 'pending') steps.push(['cancelled, or expired', cancelled(state)])
  if (order === 'pending' && world === 'lost' && !happened.has('lost'))
    steps.push(['lost', becomes(state, { order: '-', happened: new Set(['lost']) })])
  if (world === 'forged')
    for (const event of forgeries.filter(one => !happened.has(one)))
      steps.push([
        `${event} is forged`,
        becomes(state, {
          happened: new Set([...happened, event]),
          topics: forging(state, event),
        }),
      ])
  return steps
}

function forging(state: State, event: Forged): State['topics'] {
  const topic = event === 'stock.reserved' ? 'inventory-events' : 'payment-events'
  return { ...state.topics, [topic]: [...state.topics[topic], `forged ${event}`] }
}

function charges(state: State): Step[] {
  const { payment, provider, noted } = state
  if (payment !== 'charging') return []
  switch (provider) {
    case '-':
      return (['captured', 'declined'] as const).map((answer): Step => [answer, { ...state, provider: answer }])
    case 'declined':
      return [['declined is known', becomes(state, { payment: 'failed' }, 'payment.failed')]]
    case 'captured':
      return [
        noted
          ? ['captured is known', refunded(state)]
          : ['captured is known', becomes(state, { payment: 'succeeded' }, 'payment.succeeded')],
      ]
  }
}

/** Nothing is under way: only people and misfortune could change anything. */
const isQuiet = ({ order, payment, deadLetters, positions, topics }: State) =>
  order !== 'pending' &&
  payment !== 'charging' &&
  deadLetters.length === 0 &&
  consumed.every(([, topic], at) => positions[at] === topics[topic].length)

function problems(state: State, world: World): string[] {
  const { order, stock, refunds, parcels, provider, topics } = state
  const captures = Number(provider === 'captured')
  const isCompleted = order === 'completed'
  return [
    refunds > captures && 'refunded more than charged',
    parcels > 1 && 'two parcels',
    ...Object.entries(topics).map(
      ([topic, events]) => new Set(events).size !== events.length && `an event twice in ${topic}`,
    ),
    ...(isQuiet(state)
      ? [
          world === 'ordinary' && (order === '-' ? topics['order-events'].length > 0 : order === 'tombstone') && order,
          (captures - refunds === 1) !== isCompleted && `the money is ${captures} - ${refunds}`,
          (stock === 'committed') !== isCompleted && `the stock is ${stock}`,
          stock === 'reserved' && 'stock stays reserved',
          (parcels === 1) !== isCompleted && `there are ${parcels} parcels`,
        ]
      : []),
  ].filter(problem => problem !== false)
}

const keyOf = (state: State) =>
  [
    state.order,
    state.stock,
    state.payment,
    state.noted,
    state.provider,
    state.refunds,
    state.parcels,
    state.redeliveries,
    state.failures,
    state.positions,
    state.deadLetters,
    state.topics['order-events'],
    state.topics['inventory-events'],
    state.topics['payment-events'],
    state.topics['shipping-events'],
    [...state.happened].sort(),
  ].join('|')

interface Reached {
  state: State
  by?: string
  from?: Reached
}

function wayTo(reached: Reached): string[] {
  const way: string[] = []
  for (let at: Reached | undefined = reached; at?.by !== undefined; at = at.from) way.unshift(at.by)
  return way
}

export function explore(world: World, bounds: Bounds): Result {
  const seen = new Set([keyOf(start)])
  const queue: Reached[] = [{ state: start }]
  const endings = new Set<string>()
  for (const reached of queue) {
    const { state } = reached
    const what = problems(state, world)
    const next = what.length > 0 ? [] : steps(state, world, bounds)
    if (what.length === 0 && next.length === 0 && !isQuiet(state)) what.push('stuck')
    if (what.length > 0) return { states: seen.size, endings, wrong: { what, steps: wayTo(reached) } }
    if (isQuiet(state)) endings.add(`${state.order}, stock ${state.stock}, payment ${state.payment}`)
    for (const [by, follower] of next) {
      const key = keyOf(follower)
      if (seen.has(key)) continue
      seen.add(key)
      queue.push({ state: follower, by, from: reached })
    }
  }
  return { states: seen.size, endings }
}
