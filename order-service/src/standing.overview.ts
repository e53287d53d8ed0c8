import type { Database, Tx } from '@docket/chassis/database/database.ts'
import type { Unconsumed } from '@docket/chassis/feed/unconsumed.ts'
import { isId } from '@docket/contract/mask.ts'
import { stepNames, steps, waitingFor, type StepName, type Waiting } from '@docket/contract/steps.ts'
import { isFinal } from '@docket/contract/terms.ts'
import { sharedAnswer } from '@docket/foundation/shared-answer.ts'
import { linesByStatus } from './order-lines.ts'
import { findOrders, type OrderRow } from './order.store.ts'
import { isQuiet, standingBy, windowFor } from './standing.ts'
import { readPace, readStandings, type Pace, type Passed, type StandingGroup } from './standing.store.ts'
import { readTimelines } from './timeline.store.ts'

/** Which steps orders wait for, and how fast they get on. */
export interface Overview {
  at: Date
  windowSeconds: number
  isLimited: boolean
  pace: Pace
  steps: StepCount[]
  orders: (OrderRow & { waitsFor: Waiting })[]
}

export interface StepCount {
  name: StepName
  orders: number
  stuck: number
  oldestSince: Date | undefined
  passed: Passed | undefined
}

export interface OverviewSettings {
  stuckAfterMs: number
  unconsumed(): Promise<Unconsumed>
}

const freshMs = 1_000
const most = 50_000 // orders that are counted, of those that wait for machines and of those that wait for people
const listed = 50 // of each step

/** All who ask this replica within a second get one answer. */
export function overviewOf({ stuckAfterMs, unconsumed }: OverviewSettings): (db: Database) => Promise<Overview> {
  let stepsPerSecond = 0
  return sharedAnswer(freshMs, async ({ read }: Database) => {
    const windowSeconds = windowFor(stepsPerSecond)
    const pace = await readPace(read, windowSeconds)
    stepsPerSecond = pace.steps.reduce((sum, { orders }) => sum + orders, 0) / windowSeconds
    const known = await knownBetter(read, await unconsumed(), stuckAfterMs)
    const except = known.flatMap(({ ids }) => ids)
    const { groups, isLimited } = await readStandings(read, { most, listed, except, stuckAfterMs })
    const byStep = Map.groupBy([...groups, ...known], group => waitingFor(group)?.name)
    return {
      at: new Date(),
      windowSeconds,
      isLimited,
      pace,
      steps: stepNames.map(name => countOf(name, byStep.get(name) ?? [], pace)),
      orders: await ordersOf(read, byStep, stuckAfterMs),
    }
  })
}

const none: Unconsumed = new Map()

/** The events that order-service has not consumed; not looked for while all orders get on. */
export const aheadOf = async (
  orders: readonly OrderRow[],
  unconsumed: OverviewSettings['unconsumed'],
): Promise<Unconsumed> =>
  orders.some(({ status, progress, updatedAt }) => (!isFinal(status) || progress !== null) && isQuiet(updatedAt))
    ? unconsumed()
    : none

/** Orders of which there are events that order-service has not consumed, each as a group of its own. */
async function knownBetter(read: Tx, ahead: Unconsumed, stuckAfterMs: number): Promise<StandingGroup[]> {
  if (ahead.size === 0) return []
  const orders = await findOrders(read, [...ahead.keys()].filter(isId /* keys of items are none */), stuckAfterMs)
  const timelines = Map.groupBy(
    await readTimelines(
      read,
      orders.map(({ id }) => ({ id, since: 0 })),
    ),
    ({ orderId }) => orderId,
  )
  return orders.map(({ id, status, lines, progress, stuck, updatedAt }) => ({
    ...standingBy({
      status,
      lines: progress ?? linesByStatus(status, lines),
      timeline: timelines.get(id) ?? [],
      ahead: ahead.get(id),
    }),
    orders: 1,
    stuck: Number(stuck),
    oldestSince: updatedAt,
    ids: [id],
  }))
}

function countOf(name: StepName, groups: readonly StandingGroup[], pace: Pace): StepCount {
  const sum = (count: 'orders' | 'stuck') => groups.reduce((all, group) => all + group[count], 0)
  return {
    name,
    orders: sum('orders'),
    stuck: sum('stuck'),
    oldestSince: groups.map(({ oldestSince }) => oldestSince).sort((a, b) => a.getTime() - b.getTime())[0],
    passed: pace.steps.find(one => one.name === name),
  }
}

/** Of each step those that have made no progress for longest. */
async function ordersOf(
  read: Tx,
  byStep: ReadonlyMap<StepName | undefined, readonly StandingGroup[]>,
  stuckAfterMs: number,
): Promise<Overview['orders']> {
  const stepOf = new Map(
    [...byStep].flatMap(([name, groups]) =>
      name ? groups.flatMap(({ ids }) => ids.map(id => [id, name] as const)) : [],
    ),
  )
  const waiting = (await findOrders(read, [...stepOf.keys()], stuckAfterMs))
    .flatMap(order => {
      const name = stepOf.get(order.id)
      return name ? [{ ...order, waitsFor: { name, ...steps[name] } }] : []
    })
    .sort((a, b) => a.updatedAt.getTime() - b.updatedAt.getTime() || a.id.localeCompare(b.id))
  const byName = Map.groupBy(waiting, ({ waitsFor: { name } }) => name)
  return stepNames.flatMap(name => byName.get(name)?.slice(0, listed) ?? [])
}
