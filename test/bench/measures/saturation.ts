import { setTimeout as pause } from 'node:timers/promises'
import { closedLoop, latencies, openLoop, rateBetween, untilAllEnded } from '../load.ts'
import type { OpenShop } from '../shop.ts'
import { figure, median, percentile, repeated, type Figure } from '../statistics.ts'
import { between, type Usage } from '../usage.ts'

/** Orders a second, whatever the answers. */
export interface OpenLoop {
  offered: number
  accepted: number
  completed: number
  /** Answers that are not 201, by status. */
  refused: Record<string, number>
  /** From when an order was due to be sent until it was seen to end. */
  p50Ms: number
  p99Ms: number
}

export interface Saturation {
  /** Orders a second that end while so many are under way that more would not help. */
  capacity: Figure
  /** At a fixed rate just below it. */
  open: OpenLoop
  /** Of one order, by process, at saturation. */
  perOrder: Record<string, { cpuMs: number; writtenBytes: number }>
  residentMb: Record<string, number>
}

/** Orders, at saturation. */
export const underWay = 2_000
const settleMs = 1_000
const slowRestMs = 180_000

/** Orders a second with so many under way, from the middle of each repeat. */
export const capacityOf = async (
  shop: OpenShop,
  repeats: number,
  seconds: number,
  orders = underWay,
): Promise<Figure> =>
  figure(
    await repeated(repeats, async () => {
      const from = performance.now() + settleMs
      const { placed } = await closedLoop(shop, shop.endings, orders, seconds)
      const rate = rateBetween(shop.endings, from, performance.now())
      await untilAllEnded(placed, shop.endings)
      return rate
    }),
  )

/** The same of a system so slow that the middle of a repeat says nothing: from the first order until all have ended. */
export const slowCapacityOf = async (
  shop: OpenShop,
  repeats: number,
  seconds: number,
  orders: number,
): Promise<Figure> =>
  figure(
    await repeated(repeats, async () => {
      const from = performance.now()
      const { placed } = await closedLoop(shop, shop.endings, orders, seconds)
      await untilAllEnded(placed, shop.endings, slowRestMs)
      return (placed.length / (performance.now() - from)) * 1_000
    }),
  )

export async function saturation(
  shop: OpenShop,
  { repeats, seconds }: { repeats: number; seconds: number },
): Promise<Saturation> {
  await capacityOf(shop, 1, Math.min(10, seconds)) // to warm up
  const { capacity, perOrder, took } = await measuredCapacity(shop, repeats, seconds)
  return {
    capacity,
    perOrder,
    open: await openAt(shop, Math.floor(0.9 * capacity.median), seconds),
    residentMb: Object.fromEntries(
      [...took].map(([name, { residentBytes }]) => [name, Math.round(residentBytes / 2 ** 20)]),
    ),
  }
}

/** An open loop at this rate, until all that was accepted has ended. */
async function openAt(
  shop: OpenShop,
  offered: number,
  seconds: number,
  connections?: number,
  restMs?: number,
): Promise<OpenLoop> {
  const from = performance.now()
  const { placed, refused } = await openLoop(shop, offered, seconds, connections)
  const to = performance.now()
  const completed = rateBetween(shop.endings, from, to)
  await untilAllEnded(placed, shop.endings, restMs)
  const times = latencies(placed, shop.endings)
  return {
    offered,
    accepted: (placed.length / (to - from)) * 1_000,
    completed,
    refused: Object.fromEntries(refused),
    p50Ms: median(times),
    p99Ms: percentile(times, 99),
  }
}

/** The capacity, and what each process took for it. */
export async function measuredCapacity(
  shop: OpenShop,
  repeats: number,
  seconds: number,
): Promise<{ capacity: Figure; perOrder: Saturation['perOrder']; took: Map<string, Usage> }> {
  const [before, endedBefore] = [shop.usage(), shop.endings.at.size]
  const capacity = await capacityOf(shop, repeats, seconds)
  const [took, orders] = [between(before, shop.usage()), shop.endings.at.size - endedBefore]
  const perOrder = Object.fromEntries(
    [...took].map(([name, { cpuSeconds, writtenBytes }]) => [
      name,
      { cpuMs: (cpuSeconds / orders) * 1_000, writtenBytes: Math.round(writtenBytes / orders) },
    ]),
  )
  return { capacity, perOrder, took }
}

/** Milliseconds of CPU that an order takes in all. */
export const cpuOf = (perOrder: Saturation['perOrder']): number =>
  Object.values(perOrder).reduce((sum, { cpuMs }) => sum + cpuMs, 0)

/** Twice of what it can bear: the excess is turned away, what was accepted is completed. */
export async function overload(shop: OpenShop, capacity: number, seconds: number): Promise<OpenLoop> {
  await pause(settleMs)
  return openAt(shop, Math.round(2 * capacity), seconds, 1_000, 120_000)
}
