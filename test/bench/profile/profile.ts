import type { Cost } from '../cost.ts'
import type { DatabaseReading } from './database-reading.ts'
import { mainThread, type ProcessReading } from './process-reading.ts'
import type { TrafficByServer } from './wire.ts'

export interface Reading {
  databases: DatabaseReading
  traffic: Record<string, TrafficByServer>
  processes: Record<string, ProcessReading>
}

/** Where an order's time goes under one load, and what is done for it. All figures are of one order. */
export interface Profile extends Cost, Reading {
  load: string
  orders: number
  selfMs: Record<string, Record<string, number>>
}

/**
 * What a profile says about the main thread, as milliseconds of the CPU that the system says it has used, and the other
 * threads by name. V8's own sampling thread is left out: without a profile there is none.
 */
export function selfMsOf(shares: ReadonlyMap<string, number>, { threadsMs }: ProcessReading): Record<string, number> {
  const { [mainThread]: mainMs = 0, ...others } = threadsMs
  return Object.fromEntries([
    ...shares.entries().map(([category, share]) => [category, share * mainMs] as const),
    ...Object.entries(others)
      .filter(([name, ms]) => ms > 0 && !samplers.test(name))
      .map(([name, ms]) => [`thread ${name}`, ms] as const),
  ])
}

const samplers = /^v8:ProfEvntProc$/
