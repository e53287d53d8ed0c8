import { latencies, openLoop, untilAllEnded } from '../load.ts'
import type { OpenShop } from '../shop.ts'
import { figure, median, percentile, repeated, type Figure } from '../statistics.ts'

export interface Latency {
  perSecond: number
  /** Milliseconds from when an order was due to be sent until an observer of the topic saw it end. */
  p50Ms: Figure
  p99Ms: Figure
}

/** `fewest` orders a repeat at the least: a p99 of few says nothing. */
export async function latencyAt(
  shop: OpenShop,
  perSecond: number,
  { repeats, seconds, fewest }: { repeats: number; seconds: number; fewest: number },
): Promise<Latency> {
  await openLoop(shop, perSecond, 2).then(({ placed }) => untilAllEnded(placed, shop.endings))
  const times = await repeated(repeats, async () => {
    const { placed } = await openLoop(shop, perSecond, Math.max(seconds, fewest / perSecond))
    await untilAllEnded(placed, shop.endings)
    return latencies(placed, shop.endings)
  })
  return { perSecond, p50Ms: figure(times.map(median)), p99Ms: figure(times.map(some => percentile(some, 99))) }
}
