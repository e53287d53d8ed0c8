import { messageOf } from '@docket/foundation/errors.ts'
import { pauseUnlessAborted } from '@docket/foundation/abort.ts'
import { exit, Failure } from '../failure.ts'
import type { FeedItem } from '../client/feed.ts'
import type { Order } from '../client/shapes.ts'
import { shownLetter } from '../events/dead-letter-list.ts'
import type { ShownEvent } from '../events/shown-event.ts'
import { isUncounted } from '../system/status.ts'
import type { Vitals } from '../system/system-state.ts'
import { history, type History } from './history.ts'
import { liveOrders, type LiveOrders } from './live-orders.ts'
import { rates, type Rates } from './rates.ts'
import { sharedReports } from './reports.ts'
import type { Sources } from './sources.ts'
import type { OrderSteps } from '../client/generated/answers.ts'
import type { BoardState } from './state.ts'
import { withTroubles } from './troubles.ts'

export interface Who {
  context: string
  user: { username: string; role: string }
  version: string
}

/** While no page is open, only what charts are drawn from is read. */
const idleMs = 10_000
const feedAgainMs = 1_000
const trendMs = 5 * 60_000
const lookMs = 200 // a page that opens does not wait for what was read seldom

/** What the board has read so far. What cannot be reached is undefined. */
interface Known {
  happenings: History
  orders: LiveOrders
  rates: Rates
  feed: Pick<BoardState['feed'], 'state' | 'sinceMs' | 'detail'>
  lastEventAt: string
  isCaughtUp: boolean
  /** How far the clock of order-service is ahead of the one here. */
  aheadMs: number
  overview?: OrderSteps | undefined
  vitals?: Vitals | undefined
  stuck?: readonly Order[] | undefined
}

export interface Hub extends Pick<Known, 'happenings' | 'orders' | 'rates'> {
  sources: Sources
  reports: ReturnType<typeof sharedReports>
  readonly vitals: Vitals | undefined
  /** By the clock of order-service, since that of an operator's machine may be minutes off. */
  readonly now: number
  /** What it reads has just happened; before, it read the events from before it began. */
  readonly isCaughtUp: boolean
  state(): BoardState
  /** Resolves when the signal is aborted. Rejects with what ends the board, such as the end of the session. */
  run(signal: AbortSignal): Promise<void>
  /** Called for each event from now on. Returns a function that ends it. */
  listen(listener: (event: ShownEvent) => void): () => void
  /** A page is open. Returns a function for when it is closed. */
  view(): () => void
}

/**
 * All that the pages show, read once, however many of them are open. `began`: from when on events are read, by the clock
 * of order-service.
 */
export function hubOf(sources: Sources, who: Who, began: Date, now: () => number = Date.now): Hub {
  const known = knownAtFirst(began, now())
  const servicesNow = () => now() + known.aheadMs
  const pace = paceOf(now)
  const listeners = new Set<(event: ShownEvent) => void>()
  let viewers = 0
  const polls = pollsOf(known, sources, servicesNow)
  return {
    happenings: known.happenings,
    orders: known.orders,
    rates: known.rates,
    sources,
    reports: sharedReports(sources, now),
    get vitals() {
      return known.vitals
    },
    get isCaughtUp() {
      return known.isCaughtUp
    },
    get now() {
      return servicesNow()
    },
    state: () => stateOf(known, { ...who, now: servicesNow(), perSecond: pace.perSecond() }),
    async run(signal) {
      const take = (item: FeedItem) => {
        keep(known, item, servicesNow())
        if (item.is !== 'event') return
        if (Date.parse(item.event.time) > servicesNow() - paceMs) pace.count() // not what happened before the board began
        for (const listener of listeners) listener(item.event)
      }
      const failing = new AbortController() // what ends one of them ends all
      const either = AbortSignal.any([signal, failing.signal])
      try {
        await Promise.all([
          follow(sources, { began, signal: either, take }),
          ...polls.map(({ everyMs, read }) =>
            repeat(read, { everyMs: () => (viewers > 0 ? everyMs : Math.max(everyMs, idleMs)), signal: either, now }),
          ),
        ])
      } finally {
        failing.abort()
      }
    },
    listen(listener) {
      listeners.add(listener)
      return () => listeners.delete(listener)
    },
    view() {
      viewers++
      return () => viewers--
    },
  }
}

const knownAtFirst = (began: Date, now: number): Known => ({
  happenings: history(),
  orders: liveOrders(),
  rates: rates(began.getTime()),
  feed: { state: 'connecting', sinceMs: now },
  lastEventAt: began.toISOString(),
  isCaughtUp: false,
  aheadMs: 0,
})

function keep(known: Known, item: FeedItem, now: number): void {
  switch (item.is) {
    case 'event':
      known.happenings.add({ event: item.event })
      known.orders.add(item.event)
      known.rates.add(item.event)
      known.lastEventAt = item.event.time
      return
    case 'gap':
      known.happenings.add({ gap: { from: known.lastEventAt, to: new Date(now).toISOString() } })
      return
    case 'lost':
      if (known.feed.state !== 'lost') known.feed = { state: 'lost', sinceMs: now, detail: item.reason }
      return
    case 'connected':
    case 'caught-up':
      known.isCaughtUp ||= item.is === 'caught-up'
      known.feed = { state: 'live', sinceMs: now }
  }
}

/** The feed goes on by itself after a lost connection, but its first one must succeed, which may take a while. */
async function follow(
  sources: Sources,
  { began, signal, take }: { began: Date; signal: AbortSignal; take(item: FeedItem): void },
): Promise<void> {
  let from: Date | { after: string } = began
  for (; !signal.aborted; await pauseUnlessAborted(feedAgainMs, signal)) {
    try {
      for await (const item of sources.events(from, signal)) {
        take(item)
        if ('at' in item) from = { after: item.at }
      }
    } catch (error) {
      if (signal.aborted) return
      if (endsTheBoard(error)) throw error
      take({ is: 'lost', reason: messageOf(error) })
    }
  }
}

const pollsOf = (known: Known, sources: Sources, now: () => number) => [
  {
    everyMs: 1_000,
    async read() {
      known.overview = await orNothing(sources.steps())
      if (known.overview) known.orders.know(known.overview.orders)
    },
  },
  {
    everyMs: 3_000,
    async read() {
      known.vitals = await sources.vitals()
      known.aheadMs = aheadIn(known.vitals) ?? known.aheadMs
      known.rates.measured(now(), { lag: lagIn(known.vitals), outbox: outboxIn(known.vitals) })
      known.stuck = await orNothing(sources.stuck(known.vitals))
      if (known.stuck) known.orders.know(known.stuck)
    },
  },
  { everyMs: 15_000, read: async () => known.orders.know((await orNothing(sources.recent())) ?? []) },
]

async function repeat(
  read: () => Promise<void>,
  { everyMs, signal, now }: { everyMs(): number; signal: AbortSignal; now(): number },
): Promise<void> {
  for (let began = 0; !signal.aborted; await pauseUnlessAborted(lookMs, signal)) {
    if (now() - began < everyMs()) continue
    began = now()
    try {
      await read()
    } catch (error) {
      if (!signal.aborted) throw error
    }
  }
}

function stateOf(
  { rates, feed, overview, vitals, stuck }: Known,
  { now, perSecond, ...who }: Who & { now: number; perSecond: number },
): BoardState {
  return {
    ...who,
    now,
    feed: { ...feed, perSecond },
    lately: rates.lately(now),
    trend: rates.columns(trendMs, now),
    ...(overview && {
      steps: withTroubles(overview, { vitals, stuck: stuck ?? [] }),
      stepsAt: overview.at,
      isLimited: overview.isLimited,
    }),
    ...(vitals && { services: vitals.services }),
    ...(vitals?.kafka.ok && {
      lag: new Map(vitals.kafka.lag.map(({ group, lag }) => [group, lag])),
      letters: vitals.letters.map(shownLetter),
    }),
    ...(stuck && { stuck }),
  }
}

/** Nothing, if a service is unavailable; throws what ends the board. */
async function orNothing<T>(work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (endsTheBoard(error)) throw error
    return undefined
  }
}

/** The session is over, or never had the right; anything else may pass. */
const endsTheBoard = (error: unknown) => !(error instanceof Failure) || error.status === exit.notAllowed

export const whyItEnded = (error: unknown) => (error instanceof Failure ? error.message : messageOf(error))

function aheadIn({ services }: Vitals): number | undefined {
  const order = services.find(({ service }) => service === 'order-service')
  return order && order.status !== 'away' ? order.skewMs : undefined
}

const lagIn = ({ kafka }: Vitals) => (kafka.ok ? kafka.lag.reduce((sum, { lag }) => sum + lag, 0) : undefined)

/** Undefined when a service that answers could not count its own, or none shows it. */
function outboxIn({ services }: Vitals): number | undefined {
  const answering = services.filter(service => service.status !== 'away')
  if (answering.some(isUncounted)) return undefined
  const known = answering.flatMap(({ outbox }) => outbox?.rows ?? [])
  return known.length === 0 ? undefined : known.reduce((sum, rows) => sum + rows)
}

const paceMs = 5_000

/** Events a second, over the last seconds. */
function paceOf(now: () => number) {
  const counts = new Map<number, number>()
  const second = () => Math.floor(now() / 1_000)
  return {
    count(): void {
      counts.set(second(), (counts.get(second()) ?? 0) + 1)
      if (counts.size > 60) for (const one of counts.keys()) if (one < second() - paceMs / 1_000) counts.delete(one)
    },
    perSecond: () =>
      [...counts].reduce((sum, [at, count]) => (at >= second() - 5 && at < second() ? sum + count : sum), 0) / 5,
  }
}
