import { orderOf } from '@docket/contract/event-filter.ts'
import { happenedIn, standingOf, waitingFor, type Happened, type Waiting } from '@docket/contract/steps.ts'
import type { ShownEvent } from './shown-event.ts'

export interface Step extends ShownEvent {
  order: string
  /** 1 for the first event seen of the order, which need not be the first that happened. */
  step: number
  /** Since the step before; null for the first that was seen. */
  sinceMs: number | null
  ending?: 'completed' | 'rejected' | 'cancelled'
  /** What the order waits for after it, by the events that were seen. */
  waitsFor?: Waiting
}

export interface Group {
  order: string
  steps: Step[]
  ending?: Step['ending']
  waitsFor?: Waiting | undefined
  /** When the last event came, by the clock of this view. */
  touched: number
}

interface Known {
  steps: number
  lastTime: number
  happened: Happened[]
}

const mostKnown = 20_000 // orders whose step count is remembered, to bound memory
const mostOpen = 2_000 // orders whose lines are held back, to bound memory
const undoneWithinMs = 1_500 // the compensation of a cancelled order follows its end

const endings: Record<string, NonNullable<Step['ending']>> = {
  'order.completed': 'completed',
  'order.rejected': 'rejected',
  'order.cancelled': 'cancelled',
}

export const stepFields = ['order', 'step', 'sinceMs', 'ending', 'waitsFor'] as const satisfies (keyof Step)[]

/**
 * Numbers the events of each order, with the time since the one before, and says what it waits for, unless some of its
 * events are left out. Undefined for an event that is about no order.
 */
export function orderSteps(hasAllEvents = true): (event: ShownEvent) => Step | undefined {
  const known = new Map<string, Known>()
  return event => {
    const order = orderOf(event)
    if (order === undefined) return undefined
    const before = known.get(order)
    const time = Date.parse(event.time)
    const ending = event.type === null ? undefined : endings[event.type]
    const happened = before?.happened ?? []
    if (event.type !== null) happened.push(happenedIn(event.type, event.data))
    const waitsFor = hasAllEvents ? waitingFor(standingOf(happened)) : undefined
    known.delete(order)
    known.set(order, { steps: (before?.steps ?? 0) + 1, lastTime: time, happened })
    const [oldest] = known.keys()
    if (known.size > mostKnown && oldest !== undefined) known.delete(oldest)
    return {
      order,
      step: (before?.steps ?? 0) + 1,
      sinceMs: before ? Math.max(0, time - before.lastTime) : null,
      ...(ending && { ending }),
      ...(waitsFor && { waitsFor }),
      ...event,
    }
  }
}

/**
 * Holds back the steps of each order until it has ended, or nothing has arrived for `quietMs`, so that they are shown
 * together. `now` is the wall clock, or that of the events while the past is read.
 */
export function orderGroups(quietMs: number) {
  const open = new Map<string, Group>()
  const isDue = (group: Group, now: number) =>
    group.ending === undefined || group.ending === 'cancelled'
      ? now - group.touched > (group.ending ? undoneWithinMs : quietMs)
      : true
  const remove = (groups: Group[]): Group[] => {
    for (const { order } of groups) open.delete(order)
    return groups
  }
  return {
    add(step: Step, now: number): void {
      const group = open.get(step.order) ?? { order: step.order, steps: [], touched: now }
      group.steps.push(step)
      group.touched = now
      group.waitsFor = step.waitsFor
      if (step.ending) group.ending = step.ending
      open.set(step.order, group)
    },
    due(now: number): Group[] {
      const ready = remove([...open.values()].filter(group => isDue(group, now)))
      return [...ready, ...remove([...open.values()].slice(0, Math.max(0, open.size - mostOpen)))]
    },
    /** Those that are not due, in the order in which they began. */
    underWay: (): Group[] => [...open.values()],
    flush: (): Group[] => remove([...open.values()]),
  }
}
