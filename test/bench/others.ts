import { readFileSync } from 'node:fs'
import { median } from './statistics.ts'
import { cpuSecondsBelow, isLinux, ticksPerSecond } from './usage.ts'

export type Others = number | undefined

export type Metered<T> = T & { others?: Others }

/** With more than this, times say more about the others than about us. */
export const othersLimit = 0.2

interface Reading {
  atMs: number
  /** CPU seconds of the whole machine, and of this run, since they started. */
  machineSeconds: number
  ourSeconds: number
}

/**
 * CPU seconds from the first line of /proc/stat: all but idle and iowait. Time that the hypervisor gave to other
 * machines (steal) is included, as a process that waits for it is charged for it too. Guests are in user and nice
 * already.
 */
export function busySeconds(procStat: string): number {
  const [user = 0, nice = 0, system = 0, , , irq = 0, softirq = 0, steal = 0] = (procStat.split('\n')[0] ?? '')
    .trim()
    .split(/\s+/)
    .slice(1)
    .map(Number)
  return (user + nice + system + irq + softirq + steal) / ticksPerSecond
}

/** Ticks are samples and a process's time is exact: over a short window the difference may fall below zero. */
export const othersBetween = (from: Reading, to: Reading): number =>
  Math.max(
    0,
    ((to.machineSeconds - from.machineSeconds - (to.ourSeconds - from.ourSeconds)) / (to.atMs - from.atMs)) * 1_000,
  )

const read = (roots: readonly number[]): Reading => ({
  atMs: performance.now(),
  machineSeconds: busySeconds(readFileSync('/proc/stat', 'utf8')),
  ourSeconds: cpuSecondsBelow(roots),
})

/**
 * Starts to measure; the result says how much others have used since. Ours is this process, these, and all that they
 * have started.
 */
export function watchOthers(alsoOurs: readonly number[] = []): () => Others {
  if (!isLinux) return () => undefined
  const roots = [process.pid, ...alsoOurs]
  const from = read(roots)
  return () => othersBetween(from, read(roots))
}

export async function metered<T extends object>(measure: () => T | Promise<T>): Promise<Metered<T>> {
  const others = watchOthers()
  const value = await measure()
  return { ...value, others: others() }
}

export function medianOthers(measured: readonly Metered<object>[]): Others {
  const known = measured.flatMap(({ others }) => others ?? [])
  return known.length > 0 ? median(known) : undefined
}

export const isDisturbed = (others: Others): boolean => others !== undefined && others > othersLimit

/** What is printed with each figure. CPU still counts where times do not. */
export function othersText(others: Others, of: 'cpu' | 'times' = 'times'): string {
  if (others === undefined) return 'others unknown'
  return `others ${others.toFixed(2)} cores${of === 'times' && isDisturbed(others) ? ': does not count' : ''}`
}
