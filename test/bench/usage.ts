import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { commandLineOf, statOf } from '@docket/local/processes.ts'

export interface Usage {
  cpuSeconds: number
  writtenBytes: number
  residentBytes: number
}

export const ticksPerSecond = 100 // USER_HZ, which is 100 on every architecture that Linux has had for decades
const pageBytes = 4_096
export const isLinux = existsSync('/proc/self/stat')

function childrenByParent(): Map<number, number[]> {
  const children = new Map<number, number[]>()
  for (const entry of readdirSync('/proc')) {
    const parent = /^\d+$/.test(entry) ? parentOf(Number(entry)) : undefined
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(entry)])
  }
  return children
}

function parentOf(pid: number): number | undefined {
  try {
    return Number(statOf(pid)[1])
  } catch {
    return undefined // it has ended
  }
}

function treesOf(roots: readonly number[]): Set<number> {
  const children = childrenByParent()
  const found = new Set<number>()
  const visit = (pid: number) => {
    if (found.has(pid)) return
    found.add(pid)
    for (const child of children.get(pid) ?? []) visit(child)
  }
  for (const root of roots) visit(root)
  return found
}

/**
 * CPU seconds from the fields of /proc/PID/stat. Those of children that have ended, and were waited for, are in their
 * parent's: a PostgreSQL backend that has come and gone is counted with the postmaster.
 */
export const cpuSecondsOf = (stat: readonly string[], withEnded = true): number =>
  stat.slice(11, withEnded ? 15 : 13).reduce((sum, ticks) => sum + Number(ticks), 0) / ticksPerSecond

export function usageBelow(roots: readonly number[], nameOf: (command: string) => string): Map<string, Usage> {
  const found = new Map<string, Usage>()
  for (const pid of isLinux ? treesOf(roots) : []) {
    const usage = usageOf(pid)
    if (usage) found.set(nameOf(usage.command), sum(found.get(nameOf(usage.command)), usage))
  }
  return found
}

export const cpuSecondsBelow = (roots: readonly number[]): number =>
  [...usageBelow(roots, () => 'all').values()].reduce((sum, { cpuSeconds }) => sum + cpuSeconds, 0)

export function usageOf(pid: number, withEnded = true): (Usage & { command: string }) | undefined {
  try {
    const stat = statOf(pid)
    return {
      command: commandLineOf(pid) ?? '',
      cpuSeconds: cpuSecondsOf(stat, withEnded),
      writtenBytes: writtenBy(pid),
      residentBytes: Number(stat[21]) * pageBytes,
    }
  } catch {
    return undefined
  }
}

function writtenBy(pid: number): number {
  try {
    return Number(/^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1] ?? 0)
  } catch {
    return 0 // another user's, or it has just ended
  }
}

export const sum = (a: Usage | undefined, b: Usage): Usage => ({
  cpuSeconds: (a?.cpuSeconds ?? 0) + b.cpuSeconds,
  writtenBytes: (a?.writtenBytes ?? 0) + b.writtenBytes,
  residentBytes: (a?.residentBytes ?? 0) + b.residentBytes,
})

export function between(before: ReadonlyMap<string, Usage>, after: ReadonlyMap<string, Usage>): Map<string, Usage> {
  return new Map(
    [...after].map(([name, now]) => {
      const then = before.get(name)
      return [
        name,
        {
          cpuSeconds: now.cpuSeconds - (then?.cpuSeconds ?? 0),
          writtenBytes: now.writtenBytes - (then?.writtenBytes ?? 0),
          residentBytes: now.residentBytes,
        },
      ]
    }),
  )
}
