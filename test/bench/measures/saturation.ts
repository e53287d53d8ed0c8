import { setTimeout as pause } from 'node:timers/promises'
import { closedLoop, latencies, openLoop, rateBetween, untilAllEnded } from '../load.ts'
import { withCost, type Cost, type MeasuredShop } from '../cost.ts'
import { metered, type Metered } from '../others.ts'
import { figure, median, percentile, repeated, type Figure } from '../statistics.ts'

export interface OpenLoop {
  offered: number
  accepted: number
  completed: number
  refused: Record<string, number>
  p50Ms: number
  p99Ms: number
}

/** CPU per order, and orders a second, with so many orders under way that more would not help. */
export interface Capacity extends Cost {
  ordersPerSecond: Figure
}

export interface Saturation {
  capacity: Metered<Capacity>
  open: Metered<OpenLoop>
}

export const underWay = 2_000
const settleMs = 1_000
const fillMs = 3_000 // until as many orders are under way as one second's batches need, or as are admitted
const slowRestMs = 180_000

export const capacityOf = async (
  shop: MeasuredShop,
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

/** Runs a load without measuring: services compile hot code, and only then show the true cost of an order. */
export const warmUp = (shop: MeasuredShop, seconds: number): Promise<unknown> => capacityOf(shop, 1, seconds)

/**
 * For a system so slow that the middle of a repeat means nothing: measured from the first order until all have ended.
 */
export const slowCapacityOf = async (
  shop: MeasuredShop,
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
  shop: MeasuredShop,
  { repeats, seconds }: { repeats: number; seconds: number },
): Promise<Saturation> {
  const capacity = await measuredCapacity(shop, repeats, seconds)
  return {
    capacity,
    open: await metered(() => openAt(shop, Math.floor(0.9 * capacity.ordersPerSecond.median), seconds)),
  }
}

async function openAt(
  shop: MeasuredShop,
  offered: number,
  seconds: number,
  connections?: number,
  restMs?: number,
): Promise<OpenLoop> {
  const from = performance.now()
  const { placed, refused } = await openLoop(shop, offered, seconds, connections)
  const to = performance.now()
  const completed = rateBetween(shop.endings, from + fillMs, to)
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

export async function measuredCapacity(
  shop: MeasuredShop,
  repeats: number,
  seconds: number,
): Promise<Metered<Capacity>> {
  const { result, ...cost } = await withCost(shop, () => capacityOf(shop, repeats, seconds))
  return { ordersPerSecond: result, ...cost }
}

export async function overload(shop: MeasuredShop, capacity: number, seconds: number): Promise<OpenLoop> {
  await pause(settleMs)
  return openAt(shop, Math.round(2 * capacity), seconds, 1_000, 120_000)
}
