import { latencies, openLoop, untilAllEnded } from '../load.ts'
import { withCost, type Cost, type MeasuredShop } from '../cost.ts'
import type { Metered } from '../others.ts'
import { figure, median, percentile, repeated, type Figure } from '../statistics.ts'

export interface Latency extends Cost {
  perSecond: number
  p50Ms: Figure
  p99Ms: Figure
}

const settleSeconds = 5

/** On services that are warm. At least `fewest` orders a repeat: a p99 of few says nothing. */
export async function latencyAt(
  shop: MeasuredShop,
  perSecond: number,
  { repeats, seconds, fewest }: { repeats: number; seconds: number; fewest: number },
): Promise<Metered<Latency>> {
  const atRate = async (forSeconds: number) => {
    const { placed } = await openLoop(shop, perSecond, forSeconds)
    await untilAllEnded(placed, shop.endings)
    return latencies(placed, shop.endings)
  }
  await atRate(settleSeconds)
  const { result, ...cost } = await withCost(shop, () =>
    repeated(repeats, () => atRate(Math.max(seconds, fewest / perSecond))),
  )
  return {
    perSecond,
    p50Ms: figure(result.map(median)),
    p99Ms: figure(result.map(times => percentile(times, 99))),
    ...cost,
  }
}
