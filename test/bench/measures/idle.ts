import { setTimeout as pause } from 'node:timers/promises'
import { residentMbOf, type MeasuredShop } from '../cost.ts'
import { metered, type Metered } from '../others.ts'
import { loadClient } from '../shop.ts'
import { between } from '../usage.ts'

export interface Idle {
  /** Of all processes of the stack together. */
  cores: number
  residentMb: Record<string, number>
}

const settleMs = 20_000 // what the start has left: garbage, compilation, statistics of new tables

/** What a stack uses without orders. */
export async function idle(shop: MeasuredShop, seconds: number): Promise<Metered<Idle>> {
  await pause(settleMs)
  return metered(async () => {
    const before = shop.usage()
    await pause(seconds * 1_000)
    const used = new Map([...between(before, shop.usage())].filter(([name]) => name !== loadClient))
    return {
      cores: [...used.values()].reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0) / seconds,
      residentMb: residentMbOf(used),
    }
  })
}
