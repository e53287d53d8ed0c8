import { setTimeout as pause } from 'node:timers/promises'
import { Command } from 'commander'
import { fromFeed, fromKafka, readsKafka } from '../../events/sources.ts'
import { steps } from '../../orders/follow.ts'
import { liveLines } from '../../render/live.ts'
import type { About, Make } from '../../command.ts'
import type { Mgmt } from '../../mgmt.ts'
import { orderOf } from '../../orders/selection.ts'
import type { ShownEvent } from '../../events/shown-event.ts'
import { renderStep } from '../../render/order.ts'
import { renderSaga } from '../../render/saga.ts'
import { isUndoing, sagaOf, type Saga } from '../../orders/saga.ts'
import { isFinal, stepFields, stepShape, type Order, type TimelineEntry } from '../../client/shapes.ts'
import { either, oneOf, type ShapeOf } from '../../shape.ts'
import { stepNames } from '@docket/contract/steps.ts'
import { orderStatuses } from '@docket/contract/terms.ts'

const sagaShape: ShapeOf<Saga> = {
  order: 'string',
  status: oneOf(...orderStatuses),
  stuck: 'boolean',
  inWords: 'string',
  'waitsFor?': { name: oneOf(...stepNames), service: 'string', step: 'string' },
  'tookMs?': 'integer',
  steps: [
    {
      step: 'string',
      service: 'string',
      state: oneOf('done', 'running', 'waiting', 'failed', 'undone', 'not needed'),
      'at?': 'string',
      'tookMs?': 'integer',
      'detail?': 'string',
      'event?': 'string',
      'ref?': 'string',
      'topic?': 'string',
      'partition?': 'integer',
      'offset?': 'integer',
      'undoneAt?': 'string',
      'undoneBy?': 'string',
    },
  ],
  ahead: ['string'],
  fromTopics: 'boolean',
}

export const about: About = {
  summary: 'Show the steps of an order, and how long each took',
  prints: either(sagaShape, [stepShape]),
  samples: [{ args: 'ORDER', callers: 'owners' }],
}

export const command: Make = ready =>
  new Command('trace')
    .description('Show an order as a timeline: which steps are done, running, failed or undone, and how long each took')
    .argument('<order-id>')
    .option('-f, --follow', 'follow until the order has ended and compensation is complete')
    .addHelpText(
      'after',
      `
Examples:
  $ mgmt orders trace 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23
  $ mgmt orders trace 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23 -f
  $ mgmt orders trace 01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23 -o json | jq '.steps[] | select(.state == "failed")'

It puts together what the order service knows and what went over the topics. With -f a terminal shows the timeline as it grows;
a pipe gets a line for each step, and the timeline at the end.`,
    )
    .action(async (id: string, { follow }: { follow?: boolean }) => {
      const mgmt = await ready()
      const order = await orderOf(mgmt, id)
      if (!follow || isFinal(order)) return mgmt.print(await sagaNow(mgmt, order), renderSaga)
      const ended =
        mgmt.options.output === 'table' && process.stdout.isTTY ? await drawn(mgmt, order) : await inLines(mgmt, order)
      if (mgmt.options.output === 'table') await mgmt.print(ended, renderSaga)
    })

async function drawn(mgmt: Mgmt, order: Order): Promise<Saga> {
  const live = liveLines(process.stdout, true)
  const draw = (one: Order) => mgmt.draw(live, sagaOf(one, []), renderSaga)
  draw(order)
  for await (const _ of steps(order.id, mgmt)) draw(await orderOf(mgmt, order.id))
  const ended = await untilUndone(mgmt, order.id)
  live.clear()
  return ended
}

async function inLines(mgmt: Mgmt, order: Order): Promise<Saga> {
  let before: TimelineEntry | undefined
  mgmt.openLines(stepFields)
  for await (const entry of steps(order.id, mgmt)) {
    const previous = before
    await mgmt.printLine(entry, (step, look) => renderStep(step, previous, look))
    before = entry
  }
  return untilUndone(mgmt, order.id)
}

const undoneWithinMs = 5_000

/** Compensation follows the end of an order, so this waits for it, but only for a while. */
async function untilUndone(mgmt: Mgmt, id: string): Promise<Saga> {
  for (const deadline = Date.now() + undoneWithinMs; ; await pause(150, undefined, { signal: mgmt.signal })) {
    const order = await orderOf(mgmt, id)
    if (!isUndoing(sagaOf(order, [])) || Date.now() > deadline) return sagaNow(mgmt, order)
  }
}

const sagaNow = async (mgmt: Mgmt, order: Order) => sagaOf(order, await eventsOf(mgmt, order))

const patienceMs = 6_000
const beforeMs = 60_000 // clocks differ
const afterMs = 10 * 60_000 // compensation and duplicates arrive within this time after the last change

/** The events of an order on the topics; undefined when these cannot be read. */
async function eventsOf(mgmt: Mgmt, order: Order): Promise<ShownEvent[] | undefined> {
  const found: ShownEvent[] = []
  const over = new AbortController()
  const until = Date.parse(order.updatedAt) + afterMs
  const limit = AbortSignal.timeout(patienceMs)
  const read = readsKafka(mgmt) ? fromKafka : fromFeed
  try {
    await read(
      mgmt,
      {
        order: order.id,
        from: new Date(Date.parse(order.createdAt) - beforeMs),
        until: new Date(until),
        follow: false,
      },
      {
        accepts: ({ time, key }) => {
          if (Date.parse(time) > until) over.abort()
          return key === order.id
        },
        onEvent: async event => void found.push(event),
        onPause: () => undefined,
        onState: () => undefined,
        signal: AbortSignal.any([mgmt.signal, over.signal, limit]),
      },
    )
    return limit.aborted ? undefined : found
  } catch {
    mgmt.signal.throwIfAborted()
    return over.signal.aborted ? found : undefined
  }
}
