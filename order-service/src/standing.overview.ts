import type { Database, Tx } from '@docket/chassis/database/database.ts'
import { stepNames, steps, waitingFor, type StepName, type Waiting } from '@docket/contract/steps.ts'
import { sharedAnswer } from '@docket/foundation/shared-answer.ts'
import { windowFor } from './standing.ts'
import {
  readPace,
  readStandings,
  readWaiting,
  type Pace,
  type Passed,
  type StandingGroup,
  type WaitingRow,
} from './standing.store.ts'

/** Which steps orders wait for, and how fast they get on. */
export interface Overview {
  at: Date
  windowSeconds: number
  isLimited: boolean
  pace: Pace
  steps: StepCount[]
  orders: (WaitingRow & { waitsFor: Waiting })[]
}

export interface StepCount {
  name: StepName
  orders: number
  stuck: number
  oldestSince: Date | undefined
  passed: Passed | undefined
}

const freshMs = 1_000
const most = 50_000 // orders that are counted, of those that wait for machines and of those that wait for people
const listed = 50 // of each step

/** All who ask this replica within a second get one answer. */
export function overviewOf(stuckAfterMs: number): (db: Database) => Promise<Overview> {
  let stepsPerSecond = 0
  return sharedAnswer(freshMs, async ({ read }: Database) => {
    const windowSeconds = windowFor(stepsPerSecond)
    const pace = await readPace(read, windowSeconds)
    stepsPerSecond = pace.steps.reduce((sum, { orders }) => sum + orders, 0) / windowSeconds
    const { groups, isLimited } = await readStandings(read, { most, listed, stuckAfterMs })
    const byStep = Map.groupBy(groups, group => waitingFor({ ...group, isRefused: false, isAllGone: false })?.name)
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
  const waiting = (await readWaiting(read, [...stepOf.keys()], stuckAfterMs)).flatMap(order => {
    const name = stepOf.get(order.id)
    return name ? [{ ...order, waitsFor: { name, ...steps[name] } }] : []
  })
  return [...Map.groupBy(waiting, ({ waitsFor: { name } }) => name).values()].flatMap(some => some.slice(0, listed))
}
