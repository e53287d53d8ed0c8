import { setTimeout as pause } from 'node:timers/promises'
import { replicaPort, serviceProcesses, type ServiceProcesses } from '@docket/test/support/services.ts'
import { closedLoop, rateBetween, untilAllEnded } from '../load.ts'
import { mostReplicas, orderServices, type OpenShop } from '../shop.ts'
import { metered, type Metered } from '../others.ts'
import { measuredCapacity, underWay, warmUp, type Capacity } from './saturation.ts'

export interface Replicas {
  replicas: number
  capacity: Metered<Capacity>
}

export interface Rebalanced {
  perSecond: number
  placed: number
}

const quietBeforeMs = 3_000

export async function withReplicas(
  shop: OpenShop,
  { repeats, seconds }: { repeats: number; seconds: number },
): Promise<{ scale: Replicas[]; rebalanced: Metered<Rebalanced> }> {
  const more: ServiceProcesses[] = []
  const scale: Replicas[] = []
  let orderUrls = shop.orderUrls
  try {
    for (let replicas = 1; replicas <= mostReplicas; replicas++) {
      if (replicas > 1) {
        const replica = replicas - 1
        const processes = serviceProcesses(shop.stack.at, { replica })
        more.push(processes)
        await Promise.all(orderServices.map(name => processes.start(name)))
        orderUrls = [...orderUrls, `http://127.0.0.1:${replicaPort(shop.stack.at, 'order-service', replica)}`]
      }
      await warmUp({ ...shop, orderUrls }, seconds)
      scale.push({ replicas, capacity: await measuredCapacity({ ...shop, orderUrls }, repeats, seconds) })
    }
    return { scale, rebalanced: await metered(() => rebalance(shop, more, seconds)) }
  } finally {
    await Promise.all(more.map(processes => processes.stop()))
  }
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
