import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { commandLineOf, statOf } from '@docket/local/processes.ts'

/** What a process, or a group of them, has taken. */
export interface Usage {
  cpuSeconds: number
  writtenBytes: number
  residentBytes: number
}

const ticksPerSecond = 100 // USER_HZ, which Linux has had for all of them for decades
const pageBytes = 4_096

/** Of this process and all below it, by the name that `nameOf` gives each (undefined: not counted). */
export function usageBelow(pid: number, nameOf: (command: string) => string | undefined): Map<string, Usage> {
  const found = new Map<string, Usage>()
  if (!existsSync('/proc/self/stat')) return found // not Linux: no such figures
  const children = Map.groupBy(
    readdirSync('/proc').flatMap(entry => parentOf(entry)),
    one => one.parent,
  )
  const visit = (one: number) => {
    const usage = usageOf(one)
    const name = usage && nameOf(usage.command)
    if (usage && name !== undefined) found.set(name, sum(found.get(name), usage))
    for (const child of children.get(one) ?? []) visit(child.pid)
  }
  visit(pid)
  return found
}

function parentOf(entry: string): { pid: number; parent: number }[] {
  if (!/^\d+$/.test(entry)) return []
  try {
    return [{ pid: Number(entry), parent: Number(statOf(Number(entry))[1]) }]
  } catch {
    return [] // it has ended
  }
}

function usageOf(pid: number): (Usage & { command: string }) | undefined {
  try {
    const fields = statOf(pid)
    const command = commandLineOf(pid) ?? ''
    const written = /^write_bytes: (\d+)/m.exec(readFileSync(`/proc/${pid}/io`, 'utf8'))?.[1]
    return {
      command,
      cpuSeconds: (Number(fields[11]) + Number(fields[12])) / ticksPerSecond,
      writtenBytes: Number(written ?? 0),
      residentBytes: Number(fields[21]) * pageBytes,
    }
  } catch {
    return undefined
  }
}

export const sum = (a: Usage | undefined, b: Usage): Usage => ({
  cpuSeconds: (a?.cpuSeconds ?? 0) + b.cpuSeconds,
  writtenBytes: (a?.writtenBytes ?? 0) + b.writtenBytes,
  residentBytes: (a?.residentBytes ?? 0) + b.residentBytes,
})

/** What was taken between two looks; memory as it was at the second. */
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
