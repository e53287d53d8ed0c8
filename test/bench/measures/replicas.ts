import { setTimeout as pause } from 'node:timers/promises'
import { replicaPort, serviceProcesses, type ServiceProcesses } from '@docket/test/support/services.ts'
import { closedLoop, latencies, openLoop, rateBetween, untilAllEnded } from '../load.ts'
import { mostReplicas, orderServices, type OpenShop } from '../shop.ts'
import { metered, type Metered } from '../others.ts'
import { median, percentile } from '../statistics.ts'
import { measuredCapacity, underWay, warmUp, type Capacity } from './saturation.ts'

export interface Replicas {
  replicas: number
  capacity: Metered<Capacity>
}

export interface Rebalanced {
  perSecond: number
  placed: number
}

/** Orders at a low rate while replicas leave and join: how long a rebalance stops them. */
export interface Shared {
  offered: number
  rebalances: number
  p50Ms: number
  p99Ms: number
}

const quietBeforeMs = 3_000

const compiledAfterSeconds = 120

/**
 * From the most replicas down to one, so that all have compiled their hot code in one warm-up: replicas that have just
 * started cost half as much again, which says nothing of what they cost later.
 */
export async function withReplicas(
  shop: OpenShop,
  { repeats, seconds }: { repeats: number; seconds: number },
): Promise<{ scale: Replicas[]; rebalanced: Metered<Rebalanced>; shared: Metered<Shared> }> {
  const more = Array.from({ length: mostReplicas - 1 }, (_, at) => serviceProcesses(shop.stack.at, { replica: at + 1 }))
  const scale: Replicas[] = []
  const served = (replicas: number) => ({
    ...shop,
    orderUrls: [
      ...shop.orderUrls,
      ...more
        .slice(0, replicas - 1)
        .map((_, at) => `http://127.0.0.1:${replicaPort(shop.stack.at, 'order-service', at + 1)}`),
    ],
  })
  const startAll = () => Promise.all(more.flatMap(one => orderServices.map(name => one.start(name))))
  try {
    await startAll()
    await warmUp(served(mostReplicas), compiledAfterSeconds)
    for (let replicas = mostReplicas; replicas >= 1; replicas--) {
      await warmUp(served(replicas), seconds) // until their topics are shared out
      scale.unshift({ replicas, capacity: await measuredCapacity(served(replicas), repeats, seconds) })
      const last = more[replicas - 2]
      if (last) await Promise.all(orderServices.map(name => last.kill(name, 'SIGTERM')))
    }
    await startAll()
    await warmUp(served(mostReplicas), seconds)
    const shared = await metered(() => whileReplicasMove(shop, more))
    return { scale, shared, rebalanced: await metered(() => rebalance(shop, more, seconds)) }
  } finally {
    await Promise.all(more.map(processes => processes.stop()))
  }
}

const lowRate = 50
const movingSeconds = 40

async function whileReplicasMove(shop: OpenShop, more: readonly ServiceProcesses[]): Promise<Shared> {
  let [isOver, rebalances] = [false, 0]
  const move = async () => {
    while (!isOver)
      for (const one of more) {
        await pause(quietBeforeMs)
        await Promise.all(orderServices.map(name => one.kill(name, 'SIGTERM')))
        await pause(quietBeforeMs)
        await Promise.all(orderServices.map(name => one.start(name)))
        rebalances += 2
      }
  }
  const moving = move()
  const { placed } = await openLoop(shop, lowRate, movingSeconds)
  await untilAllEnded(placed, shop.endings)
  isOver = true
  await moving
  const times = latencies(placed, shop.endings)
  return { offered: lowRate, rebalances, p50Ms: median(times), p99Ms: percentile(times, 99) }
}

async function rebalance(
  shop: OpenShop,
  [second, third]: readonly ServiceProcesses[],
  seconds: number,
): Promise<Rebalanced> {
  const from = performance.now()
  const load = closedLoop(shop, shop.endings, underWay, seconds + (2 * quietBeforeMs) / 1_000)
  await pause(quietBeforeMs)
  await Promise.all(orderServices.flatMap(name => [second?.kill(name), third?.kill(name, 'SIGTERM')]))
  await Promise.all(orderServices.flatMap(name => [second?.start(name), third?.start(name)]))
  const { placed } = await load
  await untilAllEnded(placed, shop.endings)
  return { perSecond: rateBetween(shop.endings, from, performance.now()), placed: placed.length }
}
