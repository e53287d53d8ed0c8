import { readdirSync, readFileSync } from 'node:fs'
import { cpuSecondsOf, isLinux } from '../usage.ts'

export interface ProcessReading {
  threadsMs: Record<string, number>
  /** Calls to read and to write, of files and sockets alike; not those by send and recv, which PostgreSQL uses. */
  reads: number
  writes: number
}

/** The first thread of a process, which runs JavaScript in one of Node. */
export const mainThread = 'main thread'

/** All numbers are 0 where there is no /proc. */
export function readProcess(pid: number): ProcessReading {
  const threadsMs: ProcessReading['threadsMs'] = {}
  for (const thread of isLinux ? readdirSync(`/proc/${pid}/task`) : []) {
    const one = threadOf(pid, Number(thread))
    if (one) threadsMs[one.name] = (threadsMs[one.name] ?? 0) + one.cpuMs
  }
  const io = isLinux ? readFileSync(`/proc/${pid}/io`, 'utf8') : ''
  const count = (name: string) => Number(new RegExp(`^${name}: (\\d+)`, 'm').exec(io)?.[1] ?? 0)
  return { threadsMs, reads: count('syscr'), writes: count('syscw') }
}

function threadOf(pid: number, thread: number): { name: string; cpuMs: number } | undefined {
  try {
    const { name, fields } = parseThread(readFileSync(`/proc/${pid}/task/${thread}/stat`, 'utf8'))
    return { name: thread === pid ? mainThread : name, cpuMs: cpuSecondsOf(fields, false) * 1_000 }
  } catch {
    return undefined // it has ended
  }
}

/** Threads of a kind differ by a number, which is cut off, so that they are counted together. */
export function parseThread(stat: string): { name: string; fields: string[] } {
  const end = stat.lastIndexOf(')')
  return {
    name: stat.slice(stat.indexOf('(') + 1, end).replace(/[-#: ]*\d*$/, ''),
    fields: stat.slice(end + 2).split(' '),
  }
}
