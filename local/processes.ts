import { spawn } from 'node:child_process'
import { closeSync, existsSync, mkdirSync, openSync, readFileSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { execFileSync } from 'node:child_process'
import { root } from './addresses.ts'

interface Identity {
  pid: number
  /** When it was started, as the system counts; tells a process from another that has got its pid. */
  start: string
}

interface RunFile {
  keeper: Identity
  child: Identity
}

export interface KeptProcess {
  name: string
  command: string[]
  env?: Record<string, string>
  cwd?: string
  /** What asks it to end; SIGTERM unless said otherwise. */
  stopSignal?: 'TERM' | 'INT'
}

const runFile = (dir: string, name: string) => join(dir, 'run', `${name}.json`)
export const logFile = (dir: string, name: string) => join(dir, 'logs', `${name}.log`)

/** When the process with this pid was started; undefined when there is none, or only its remains. */
function startOf(pid: number): string | undefined {
  try {
    if (existsSync('/proc/self/stat')) {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
      const fields = stat.slice(stat.lastIndexOf(') ') + 2).split(' ')
      return fields[0] === 'Z' ? undefined : fields[19]
    }
    return execFileSync('ps', ['-o', 'lstart=', '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined
  } catch {
    return undefined // no such process
  }
}

/** Whether it still runs; a stranger that has its pid now does not count. */
export const isAlive = ({ pid, start }: Identity) => startOf(pid) === start.trim()

function readRunFile(dir: string, name: string): RunFile | undefined {
  try {
    return JSON.parse(readFileSync(runFile(dir, name), 'utf8')) as RunFile
  } catch {
    return undefined // not there, or broken: nothing that can be trusted
  }
}

/** True when it is running and somebody keeps it so. */
export function isKept(dir: string, name: string): boolean {
  const found = readRunFile(dir, name)
  return found !== undefined && isAlive(found.keeper) && isAlive(found.child)
}

/** Starts a process that is started again whenever it dies, in the background, with its output in its log. */
export async function keep(dir: string, { name, command, env, cwd = root, stopSignal = 'TERM' }: KeptProcess): Promise<void> {
  await stop(dir, name) // what a keeper that died left behind
  mkdirSync(join(dir, 'run'), { recursive: true })
  mkdirSync(join(dir, 'logs'), { recursive: true })
  const log = openSync(logFile(dir, name), 'a')
  const keeper = spawn('/bin/sh', [join(root, 'local/keep.sh'), runFile(dir, name), stopSignal, ...command], {
    cwd, detached: true, stdio: ['ignore', log, log],
    env: { PATH: process.env.PATH, HOME: process.env.HOME, LANG: 'C.UTF-8', TZ: 'UTC', ...env },
  })
  keeper.unref()
  closeSync(log)
}

const politelyMs = 25_000

/** Ends a process and who keeps it; says whether there was one. By force when it does not go. */
export async function stop(dir: string, name: string): Promise<boolean> {
  const found = readRunFile(dir, name)
  if (!found) return false
  const wasAlive = isAlive(found.keeper) || isAlive(found.child)
  signal(found.keeper, 'SIGTERM')
  if (!isAlive(found.keeper)) signal(found.child, name === 'postgres' ? 'SIGINT' : 'SIGTERM')
  await gone([found.keeper, found.child], politelyMs)
  // the keeper may have started another one just before it heard us
  const last = readRunFile(dir, name) ?? found
  for (const one of [found.keeper, found.child, last.child]) signal(one, 'SIGKILL')
  await gone([found.keeper, found.child, last.child], 5_000)
  rmSync(runFile(dir, name), { force: true })
  return wasAlive
}

function signal(one: Identity, which: NodeJS.Signals): void {
  if (isAlive(one)) process.kill(one.pid, which)
}

async function gone(all: Identity[], withinMs: number): Promise<void> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline && all.some(isAlive);) await pause(20)
}

/** The last lines of a log, for an error message. */
export function tailOfLog(dir: string, name: string, lines = 15): string {
  const file = logFile(dir, name)
  return existsSync(file) ? readFileSync(file, 'utf8').trimEnd().split('\n').slice(-lines).join('\n') : '(no log)'
}
