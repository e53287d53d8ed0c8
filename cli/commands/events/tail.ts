import type { TailState } from '@docket/kafka/tail.ts'
import { Command } from 'commander'
import { messageOf } from '@docket/foundation/errors.ts'
import { formatDuration } from '../../input/durations.ts'
import { parseSpan } from '../../input/times.ts'
import { collect, eventFilter, fittingNone, pattern, type EventFilter } from '../../events/filter.ts'
import { Failure, usage } from '../../failure.ts'
import { fromFeed, fromKafka, readsKafka, sourceOf } from '../../events/sources.ts'
import type { About, Make } from '../../command.ts'
import type { Mgmt } from '../../mgmt.ts'
import { wholeNumber } from '../../input/numbers.ts'
import { orderGroups, orderSteps, stepFields, type Group } from '../../events/order-groups.ts'
import { eventFields, eventShape, type ShownEvent } from '../../events/shown-event.ts'
import { highlighted, renderEvent } from '../../render/event.ts'
import { liveLines } from '../../render/live.ts'
import type { Look } from '../../render/look.ts'
import { renderGroup, renderGrowing } from '../../render/order-group.ts'
import { clean } from '../../render/table.ts'
import { moment } from '../../render/times.ts'
import { oneOf } from '../../shape.ts'
import { stepNames } from '@docket/contract/steps.ts'
import { finalStatuses } from '@docket/contract/terms.ts'
import { unlessAborted } from '@docket/foundation/abort.ts'
import { patience } from '../../client/patience.ts'
import { orderOf } from '../../orders/selection.ts'
import { silentMs, timerAt } from '../../waiting.ts'
import type { Order } from '../../client/shapes.ts'

interface Options extends EventFilter {
  topic?: string[]
  allTopics?: boolean
  fromBeginning?: boolean
  since?: string
  until?: string
  tail?: number
  n?: number
  follow: boolean
  highlight?: RegExp[]
  byOrder?: boolean
}

const more = `
Examples:
  $ mgmt events tail                                           all that happens from now on
  $ mgmt events tail --by-order --tail 100                     the same, order by order, with the last 100 events first
  $ mgmt events tail --since 5m --no-follow -o jsonl           the last five minutes, for a program
  $ mgmt events tail --order 2b6d9e0f1a23 --from-beginning     one order; the end of its id will do
  $ mgmt events tail --include 'declined|refunded' --exclude test --highlight expired
  $ mgmt events tail --topic '*.dlq' --from-beginning          dead letters alone; --all-topics: with all else

It only looks: it joins no consumer group and commits nothing. It reads the feed of order-service, which shows customers what
is about their orders; with a login for Kafka in the context, or with --kafka-brokers, it reads Kafka itself, and picks up
topics that are made later. Card tokens are masked everywhere, and so are addresses and names. How the connection is, and how
far the view is behind, stands on stderr. --include and --exclude are regular expressions, matched against topic,
type, key and data. --customer and --sku follow every order that is known to be theirs.`

/** `oversee` has the same options, so they are defined once. */
export function tailCommand(name: string, description: string): (...given: Parameters<Make>) => Command {
  return ready =>
    new Command(name)
      .description(description)
      .option(
        '--topic <topic>',
        'only this topic, or topics that match a pattern (order-*, *.dlq), including future ones; repeatable',
        collect,
      )
      .option('--all-topics', 'include dead-letter topics; the default is all other topics')
      .option('--order <id>', 'only events about this order: its id, or the end of its id')
      .option('--type <type>', 'only events of this type, such as order.completed; repeatable', collect)
      .option('--customer <id>', "only about this customer's orders")
      .option('--sku <sku>', 'only about this item and orders for it; repeatable', collect)
      .option('--header <name[=value]>', 'only with this header; repeatable: all must be present', collect)
      .option('--include <regex>', 'only matching events; repeatable: one must match', pattern('--include'))
      .option('--exclude <regex>', 'no matching events; repeatable', pattern('--exclude'))
      .option('--highlight <regex>', 'highlight matches; repeatable', pattern('--highlight'))
      .option(
        '--by-order',
        'group the events by order: its steps, the time since the previous step, what it waits for, and the outcome',
      )
      .option('--from-beginning', 'begin with the first available event')
      .option('--since <time>', 'begin then: 2026-01-31T12:00 (local), …T12:00:00Z, or 5m for five minutes ago')
      .option('--tail <n>', 'begin with the last n events', wholeNumber('--tail', 0, 100_000))
      .option('--until <time>', 'end there; in the future: wait until then')
      .option('-n <n>', 'end after n events', wholeNumber('-n', 1, 1_000_000_000))
      .option('--no-follow', 'stop at the end of what is available now')
      .addHelpText('after', more)
      .action(async (options: Options) => show(await ready(), options))
}

export const about: About = {
  summary: 'Watch every event of the system go by',
  prints: [
    {
      ...eventShape,
      'order?': 'string',
      'step?': 'integer',
      'sinceMs?': 'integer|null',
      'ending?': oneOf(...finalStatuses),
      'waitsFor?': { name: oneOf(...stepNames), service: 'string', step: 'string' },
    },
  ],
  samples: [
    { args: '--tail 20 --no-follow', callers: 'users' },
    { args: '--topic TOPIC --no-follow --kafka-brokers BROKERS', needs: 'kafka', callers: 'everybody' },
  ],
}

export const command: Make = tailCommand('tail', 'Follow every event of the system, newest last')

function beginning({ fromBeginning, since, tail, follow }: Options, span: { since?: Date; until?: Date }) {
  if ([fromBeginning, since, tail].filter(one => one !== undefined).length > 1)
    throw usage('Give one of --from-beginning, --since and --tail.')
  if (span.since) return span.since
  if (tail !== undefined) return { last: tail }
  return fromBeginning || !follow || (span.until && span.until <= new Date()) ? 'beginning' : 'now'
}

async function show(mgmt: Mgmt, options: Options): Promise<void> {
  const span = parseSpan(options, mgmt.options)
  const from = beginning(options, span)
  const until = span.until?.getTime() ?? Infinity
  const follow = options.follow && until > Date.now()
  const accepts = eventFilter(options, await ordersKnown(mgmt, options))
  const read = readsKafka(mgmt) ? fromKafka : fromFeed
  // the customer and items of an order are only in its first event, so Kafka's past is read from its beginning, and the
  // last events are kept; order-service knows its orders
  const keepsLast =
    readsKafka(mgmt) &&
    typeof from === 'object' &&
    'last' in from &&
    (options.sku !== undefined || options.customer !== undefined)
      ? from.last
      : undefined
  const ending = new AbortController()
  const printer = options.byOrder ? groupPrinter(mgmt, options, follow) : linePrinter(mgmt, options.highlight ?? [])
  let shown = 0
  const print = async (one: ShownEvent) => {
    if (ending.signal.aborted) return
    await printer.add(one)
    if (++shown === options.n) ending.abort()
  }
  const past = lastOnes(keepsLast)
  const note = connectionNotes(mgmt, follow, span.until, options.topic ?? [])
  let areThereTopics = true
  mgmt.openLines(options.byOrder ? [...stepFields, ...eventFields] : eventFields)
  const stopsAt = follow && until !== Infinity ? timerAt(until + underWayMs, () => ending.abort()) : undefined
  try {
    await read(
      mgmt,
      { ...options, from: keepsLast === undefined ? from : 'beginning', until: span.until, follow },
      {
        accepts,
        signal: AbortSignal.any([mgmt.signal, ending.signal]),
        async onEvent(event) {
          if (past.keeps(event)) return
          for (const one of past.drain()) await print(one)
          await print(event)
        },
        onPause: () => printer.flush(),
        onState(state) {
          if (state.state === 'caught-up') past.isOver = true
          if (state.state === 'ready') areThereTopics = state.topics.length > 0
          note(state)
        },
      },
    )
    for (const one of past.drain()) await print(one)
    if (!follow && !areThereTopics) throw noSuchTopic(options.topic)
  } catch (error) {
    if (!ending.signal.aborted) throw error
  } finally {
    stopsAt?.clear()
    await printer.end()
  }
}

const noSuchTopic = (named: readonly string[] | undefined) =>
  new Failure(`There is no topic ${named?.join(', ') ?? 'at all'}.`, {
    code: 'no_such_topic',
    next: 'see which there are: mgmt events topics',
  })

const underWayMs = 1_000 // events published just before the end are still on their way

/** The last `last` events of the past; undefined: none is kept back. */
function lastOnes(last: number | undefined) {
  const kept: ShownEvent[] = []
  return {
    isOver: last === undefined,
    keeps(event: ShownEvent): boolean {
      if (this.isOver || last === undefined) return false
      if (kept.push(event) > 2 * last + 100) kept.splice(0, kept.length - last)
      return true
    },
    drain: () => kept.splice(0).slice(-(last ?? 0)),
  }
}

interface Printer {
  add(event: ShownEvent): Promise<void> | void
  flush(): Promise<void> | void
  end(): Promise<void>
}

const linesAtOnce = 200

/** Events that arrive together are printed together: a write for each takes longer than reading it. */
function linePrinter(mgmt: Mgmt, highlight: RegExp[]): Printer {
  const events: ShownEvent[] = []
  const flush = () =>
    mgmt.printLines(events.splice(0), (one, look) => highlighted(renderEvent(one, look), highlight, look))
  return {
    add: event => (events.push(event) < linesAtOnce ? undefined : flush()),
    flush,
    end: flush,
  }
}

const quietMs = 2_000 // an order without new events for this long is shown as it is
const flushEveryMs = 250
const flushEvery = 200 // events, while the past is read

/**
 * Programs get each event at once, with its step; people get each order in one block, because mixed orders are hard to
 * read. On a terminal, the orders under way grow below those that have ended.
 */
function groupPrinter(mgmt: Mgmt, options: Options, follow: boolean): Printer {
  const { highlight = [] } = options
  const live = liveLines(process.stdout, follow && mgmt.options.output === 'table' && process.stdout.isTTY)
  const stepOf = orderSteps(showsAllOf(options))
  const groups = orderGroups(follow && !live.isOn ? quietMs : Infinity)
  const ask = options.until === undefined ? whatOrdersWaitFor(mgmt) : async () => undefined
  const marked = (text: string, look: Look) =>
    text
      .split('\n')
      .map(line => highlighted(line, highlight, look))
      .join('\n')
  const print = async (some: Group[]) => {
    if (some.length === 0) return
    await ask(some)
    live.clear()
    await mgmt.printLines(some, (one, look) => marked(renderGroup(one, look), look))
  }
  const grow = async () => {
    await print(groups.due(Date.now()))
    if (!live.isOn) return
    await ask(groups.underWay().filter(({ touched }) => Date.now() - touched > quietMs))
    mgmt.draw(live, groups.underWay(), (some, look) => marked(renderGrowing(some, look, process.stdout.rows - 2), look))
  }
  let [events, printing] = [0, Promise.resolve()]
  const timer = follow
    ? setInterval(() => {
        printing = printing.then(grow)
      }, flushEveryMs)
    : undefined
  return {
    async add(event) {
      const step = stepOf(event)
      if (!step) return
      if (mgmt.options.output !== 'table') return mgmt.printLine(step, () => '')
      groups.add(step, follow ? Date.now() : Date.parse(step.time))
      if (!follow && ++events % flushEvery === 0) await print(groups.due(Date.parse(step.time)))
    },
    flush: () => undefined,
    async end() {
      clearInterval(timer)
      await printing
      await print(groups.flush())
    },
  }
}

/** Otherwise the events that are shown do not tell what an order waits for. */
const showsAllOf = ({ topic, type, include, exclude, header }: Options) =>
  [topic, type, include, exclude, header].every(one => one === undefined)

const mostAsked = 20 // at a time
const answersWithinMs = 1_500
const asksAgainAfterMs = 10_000 // after a failure

/**
 * Order-service may know more of an order without new events: what it has saved, and not published. Asked once after each
 * event; where it does not answer, as without a session, the events alone tell.
 */
function whatOrdersWaitFor(mgmt: Mgmt): (groups: readonly Group[]) => Promise<void> {
  const asked = new WeakMap<Group, number>()
  let failedAt = -Infinity
  return async groups => {
    if (Date.now() - failedAt < asksAgainAfterMs || !mgmt.sessions.read()) return
    const open = groups.filter(group => !group.ending && asked.get(group) !== group.steps.length).slice(0, mostAsked)
    await Promise.all(
      open.map(async group => {
        asked.set(group, group.steps.length)
        try {
          const { waitsFor } = await unlessAborted(orderOf(mgmt, group.order), patience(answersWithinMs))
          group.waitsFor = waitsFor as Group['waitsFor']
        } catch (error) {
          mgmt.signal.throwIfAborted()
          if (!(error instanceof Failure && error.code === 'not_found')) failedAt = Date.now()
        }
      }),
    )
  }
}

const repeatMs = 5_000

/** Reports the connection on stderr, because a live view that has lost it must say so. */
function connectionNotes(
  mgmt: Mgmt,
  follow: boolean,
  until: Date | undefined,
  named: readonly string[],
): (state: TailState) => void {
  let [trouble, told] = [false, 0]
  const silent = setTimeout(
    () => mgmt.note(`waiting for ${readsKafka(mgmt) ? 'Kafka at ' : ''}${sourceOf(mgmt)}`),
    silentMs,
  ).unref()
  return state => {
    if (state.state !== 'connecting') clearTimeout(silent)
    const dim = (text: string) => mgmt.note(look => look.colour.dim(text))
    switch (state.state) {
      case 'connecting':
        return
      case 'ready':
        for (const name of fittingNone(named, state.topics))
          mgmt.note(`there is no topic ${name}${follow ? ' yet: it is followed as soon as it is made' : ''}`)
        return mgmt.note(look => {
          const end = until ? ` until ${moment(until.toISOString(), look)}` : ''
          return look.colour.dim(
            `${mgmt.context.name}, ${sourceOf(mgmt)}: ${state.topics.length} topic${state.topics.length === 1 ? '' : 's'}${follow ? `, waiting for events${end}` : ''}`,
          )
        })
      case 'new-topics':
        return dim(`new: ${state.topics.map(clean).join(', ')}`)
      case 'not-readable':
        return mgmt.note(look =>
          look.colour.yellow(
            `not shown, as this login of Kafka may not read it: ${state.topics.map(clean).join(', ')}`,
          ),
        )
      case 'behind':
        trouble = true
        return dim(`${state.records.toLocaleString('en')} events behind, ${formatDuration(state.ms)}`)
      case 'caught-up':
        if (trouble) dim('caught up')
        trouble = false
        told = 0
        return
      case 'reconnecting':
        if (Date.now() - told < repeatMs) return
        trouble = true
        told = Date.now()
        mgmt.note(look => look.colour.yellow(`connection lost, reconnecting: ${clean(state.reason)}`))
    }
  }
}

const mostOrders = 1_000

/**
 * Existing orders of a customer are listed by the service; without a session, only orders whose first event is seen are
 * known.
 */
async function ordersKnown(mgmt: Mgmt, { customer }: Options): Promise<string[]> {
  if (customer === undefined || !readsKafka(mgmt)) return []
  try {
    return (await mgmt.api.list<Order>('order', '/orders', { customer }, mostOrders)).map(({ id }) => id)
  } catch (error) {
    mgmt.note(`only orders whose first event goes by are shown: ${messageOf(error)}`)
    return []
  }
}
