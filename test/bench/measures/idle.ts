import { setTimeout as pause } from 'node:timers/promises'
import type { MeasuredShop } from '../cost.ts'
import { metered, type Metered } from '../others.ts'
import { loadClient } from '../shop.ts'
import { between } from '../usage.ts'

export interface Idle {
  /** Of all processes of the stack together. */
  cores: number
  residentMb: Record<string, number>
}

const settleMs = 20_000 // what the start has left: garbage, compilation, statistics of new tables

/** What a stack uses while nobody uses it. */
export async function idle(shop: MeasuredShop, seconds: number): Promise<Metered<Idle>> {
  await pause(settleMs)
  return metered(async () => {
    const before = shop.usage()
    await pause(seconds * 1_000)
    const used = [...between(before, shop.usage())].filter(([name]) => name !== loadClient)
    return {
      cores: used.reduce((sum, [, { cpuSeconds }]) => sum + cpuSeconds, 0) / seconds,
      residentMb: Object.fromEntries(
        used.map(([name, { residentBytes }]) => [name, Math.round(residentBytes / 2 ** 20)]),
      ),
    }
  })
}
