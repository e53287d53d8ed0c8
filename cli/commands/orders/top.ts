import { Command, Option } from 'commander'
import { pauseUnlessAborted } from '@docket/foundation/abort.ts'
import { stepNames, type StepName } from '@docket/contract/steps.ts'
import { orderStatuses } from '@docket/contract/terms.ts'
import { causeShape, waitsForShape } from '../../client/shapes.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import type { About, Make } from '../../command.ts'
import { usage } from '../../failure.ts'
import { parseDuration } from '../../input/durations.ts'
import { onKeys } from '../../input/keyboard.ts'
import type { Mgmt } from '../../mgmt.ts'
import { orderOf } from '../../orders/selection.ts'
import {
  firstView,
  keyed,
  keysIn,
  ordersIn,
  sorts,
  type OrderUnderWay,
  type Sort,
  type Top,
  type View,
} from '../../orders/top.ts'
import { withParts } from '../../orders/whole-order.ts'
import { liveLines } from '../../render/live.ts'
import { renderLiveTop, renderTop } from '../../render/top.ts'
import { oneOf, type ShapeOf } from '../../shape.ts'
import { withCauses } from '../../system/diagnosis.ts'

const topShape: ShapeOf<Top> = {
  at: 'string',
  isLimited: 'boolean',
  windowSeconds: 'integer',
  perSecond: { created: 'number', completed: 'number', rejected: 'number', cancelled: 'number' },
  steps: [
    {
      name: oneOf(...stepNames),
      service: 'string',
      step: 'string',
      orders: 'integer',
      stuck: 'integer',
      'oldestSince?': 'string',
      perSecond: 'number',
      'p50Ms?': 'number',
      'p95Ms?': 'number',
    },
  ],
  orders: [
    {
      id: 'string',
      customerId: 'string',
      status: oneOf(...orderStatuses),
      total: 'integer',
      currency: 'string',
      createdAt: 'string',
      stuck: 'boolean',
      waitsFor: waitsForShape,
      lines: [{ sku: 'string', quantity: 'integer' }],
      'cause?': causeShape,
    },
  ],
}

export const about: About = {
  summary: 'Watch which steps orders wait for, and for how long',
  prints: topShape,
  samples: [{ args: '--once', callers: 'observers' }],
}

interface Options {
  once?: boolean
  interval: number
  step?: StepName
  sort: Sort
  stuck?: boolean
}

export const command: Make = ready =>
  new Command('top')
    .description('Watch the steps that orders wait for: how many, since when, how fast they get on, and which orders')
    .option('--once', 'show it once, and end')
    .option('--interval <duration>', 'time between updates', parseDuration, 1_000)
    .addOption(new Option('--step <step>', 'only orders that wait for this step').choices(stepNames))
    .addOption(new Option('--sort <order>', 'how the orders are sorted').choices(sorts).default('waiting'))
    .option('--stuck', 'only orders that are stuck')
    .addHelpText(
      'after',
      `
Examples:
  $ mgmt orders top
  $ mgmt orders top --once --step charge
  $ mgmt orders top --once -o json | jq '.steps[] | select(.stuck > 0)'

Of each step it lists the orders that have waited longest. In a terminal it is live: ? shows the keys. Elsewhere it needs --once.`,
    )
    .action(async ({ once, interval, step, sort, stuck = false }: Options) => {
      const mgmt = await ready()
      const view = firstView({ step, sort, stuckOnly: stuck })
      const isLive =
        mgmt.options.output === 'table' && process.stdout.isTTY && process.stdin.isTTY && mgmt.options.input
      if (!once && !isLive) throw usage('This is no terminal, so nothing can be watched: add --once.')
      if (!once) return watch(mgmt, view, interval)
      const top = await topOf(mgmt, await causesNow(mgmt, await topOf(mgmt, new Map())))
      const chosen = { ...top, orders: ordersIn(top, view) }
      await mgmt.print(chosen, (one, look) => renderTop(one, view, look))
    })

type Causes = ReadonlyMap<string, NonNullable<OrderUnderWay['cause']>>

async function topOf(mgmt: Mgmt, causes: Causes): Promise<Top> {
  const top = await mgmt.api.get<Top>('order', '/order-steps')
  return {
    ...top,
    orders: top.orders.map(order => {
      const cause = order.stuck ? causes.get(order.id) : undefined
      return cause ? { ...order, cause } : order
    }),
  }
}

async function causesNow(mgmt: Mgmt, { orders }: Top): Promise<Causes> {
  const stuck = orders.filter(order => order.stuck).map(order => ({ ...order, updatedAt: order.waitsFor.since }))
  return new Map((await withCauses(mgmt, stuck)).flatMap(({ id, cause }) => (cause ? [[id, cause] as const] : [])))
}

const causesEveryMs = 5_000

async function watch(mgmt: Mgmt, first: View, intervalMs: number): Promise<void> {
  const live = liveLines(process.stdout, true)
  const ending = new AbortController()
  const signal = AbortSignal.any([mgmt.signal, ending.signal])
  let [view, causes, lookedAt]: [View, Causes, number] = [first, new Map(), 0]
  let top = await topOf(mgmt, causes)
  let trouble: string | undefined
  const draw = () =>
    mgmt.draw(live, top, (one, look) => {
      const text = renderLiveTop(one, view, look, process.stdout.rows)
      return trouble === undefined ? text : `${look.colour.yellow(trouble)}\n${text}`
    })
  const press = (key: string) => {
    const next = keyed(view, key, top)
    if (next === 'quit') return ending.abort()
    const isOpened = next.open !== undefined && next.open !== view.open
    view = next
    draw()
    if (isOpened) void open()
  }
  const release = onKeys(text => keysIn(text).forEach(press))
  /** The order that is opened, as it is now. */
  const open = async () => {
    const { id } = view.open ?? {}
    if (id === undefined) return
    const order = await withParts(mgmt, await orderOf(mgmt, id)).catch(() => undefined)
    if (order && view.open?.id === id) view = { ...view, open: { id, order } }
    draw()
  }
  const explain = async () => {
    lookedAt = Date.now()
    causes = await causesNow(mgmt, top).catch(() => causes)
  }
  process.stdout.on('resize', draw)
  try {
    for (; !ending.signal.aborted; await pauseUnlessAborted(intervalMs, signal)) {
      mgmt.signal.throwIfAborted()
      try {
        top = await topOf(mgmt, causes)
        trouble = undefined
      } catch (error) {
        trouble = `not up to date: ${messageOf(error)}`
      }
      draw()
      if (view.open) void open()
      if (top.orders.some(({ stuck }) => stuck) && Date.now() - lookedAt > causesEveryMs) void explain()
    }
  } finally {
    process.stdout.off('resize', draw)
    release()
    live.keep()
  }
}
