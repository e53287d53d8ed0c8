import { orderOf } from '@docket/contract/event-filter.ts'
import type { ShownEvent } from './shown-event.ts'

export interface Step extends ShownEvent {
  order: string
  /** 1 for the first event seen of the order, which need not be the first that happened. */
  step: number
  /** Since the step before; null for the first that was seen. */
  sinceMs: number | null
  ending?: 'completed' | 'rejected' | 'cancelled'
}

export interface Group {
  order: string
  steps: Step[]
  ending?: Step['ending']
}

interface Known {
  steps: number
  lastTime: number
}

const mostKnown = 20_000 // orders whose step count is remembered, to bound memory
const mostOpen = 2_000 // orders whose lines are held back, to bound memory
const undoneWithinMs = 1_500 // the compensation of a cancelled order follows its end

const endings: Record<string, NonNullable<Step['ending']>> = {
  'order.completed': 'completed',
  'order.rejected': 'rejected',
  'order.cancelled': 'cancelled',
}

export const stepFields = ['order', 'step', 'sinceMs', 'ending'] as const satisfies (keyof Step)[]

/**
 * Numbers the events of each order, with the time since the one before. Undefined for an event that is about no order.
 */
export function orderSteps(): (event: ShownEvent) => Step | undefined {
  const known = new Map<string, Known>()
  return event => {
    const order = orderOf(event)
    if (order === undefined) return undefined
    const before = known.get(order)
    const time = Date.parse(event.time)
    const ending = event.type === null ? undefined : endings[event.type]
    known.delete(order)
    known.set(order, { steps: (before?.steps ?? 0) + 1, lastTime: time })
    const [oldest] = known.keys()
    if (known.size > mostKnown && oldest !== undefined) known.delete(oldest)
    return {
      order,
      step: (before?.steps ?? 0) + 1,
      sinceMs: before ? Math.max(0, time - before.lastTime) : null,
      ...(ending && { ending }),
      ...event,
    }
  }
}

interface Open extends Group {
  touched: number
}

/**
 * Holds back the steps of each order until it has ended, or nothing has arrived for `quietMs`, so that they are shown
 * together. `now` is the wall clock, or that of the events while the past is read.
 */
export function orderGroups(quietMs: number) {
  const open = new Map<string, Open>()
  const isDue = (group: Open, now: number) =>
    group.ending === undefined || group.ending === 'cancelled'
      ? now - group.touched > (group.ending ? undoneWithinMs : quietMs)
      : true
  const remove = (groups: Open[]): Group[] =>
    groups.map(({ touched: _, ...group }) => {
      open.delete(group.order)
      return group
    })
  return {
    add(step: Step, now: number): void {
      const group = open.get(step.order) ?? { order: step.order, steps: [], touched: now }
      group.steps.push(step)
      group.touched = now
      if (step.ending) group.ending = step.ending
      open.set(step.order, group)
    },
    due(now: number): Group[] {
      const ready = remove([...open.values()].filter(group => isDue(group, now)))
      return [...ready, ...remove([...open.values()].slice(0, Math.max(0, open.size - mostOpen)))]
    },
    flush: (): Group[] => remove([...open.values()]),
  }
}
