import type { Endings } from './endings.ts'
import type { Shop } from './load.ts'
import type { Metered, Others } from './others.ts'
import { between, type Usage } from './usage.ts'

export interface MeasuredShop extends Shop {
  endings: Endings
  usage(): Map<string, Usage>
  watchOthers(): () => Others
}

export type PerOrder = Record<string, { cpuMs: number; writtenBytes: number }>

export interface Cost {
  perOrder: PerOrder
  residentMb: Record<string, number>
}

export async function withCost<T>(shop: MeasuredShop, work: () => Promise<T>): Promise<Metered<Cost & { result: T }>> {
  const [others, before, endedBefore] = [shop.watchOthers(), shop.usage(), shop.endings.at.size]
  const result = await work()
  const [used, orders] = [between(before, shop.usage()), shop.endings.at.size - endedBefore]
  return {
    result,
    perOrder: costOf(used, orders),
    others: others(),
    residentMb: residentMbOf(used),
  }
}

export const residentMbOf = (used: ReadonlyMap<string, Usage>): Record<string, number> =>
  Object.fromEntries([...used].map(([name, { residentBytes }]) => [name, Math.round(residentBytes / 2 ** 20)]))

const costOf = (used: ReadonlyMap<string, Usage>, orders: number): PerOrder =>
  Object.fromEntries(
    [...used].map(([name, { cpuSeconds, writtenBytes }]) => [
      name,
      { cpuMs: (cpuSeconds / orders) * 1_000, writtenBytes: Math.round(writtenBytes / orders) },
    ]),
  )

export const cpuOf = (perOrder: PerOrder, leftOut?: string): number =>
  Object.entries(perOrder).reduce((sum, [name, { cpuMs }]) => (name === leftOut ? sum : sum + cpuMs), 0)
