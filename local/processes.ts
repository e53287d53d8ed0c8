import { execFileSync, spawn } from 'node:child_process'
import { closeSync, existsSync, openSync, readdirSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { ownFolder } from '@docket/addresses/own-folder.ts'
import { root } from '@docket/addresses/addresses.ts'
import { writeState } from '@docket/addresses/state-file.ts'

interface Identity {
  pid: number
  /** In the system's units; distinguishes a process from another with a reused pid. */
  start: string
}

interface RunFile {
  keeper: Identity
  child: Identity
  stopSignal?: 'TERM' | 'INT'
}

export interface KeptProcess {
  name: string
  command: string[]
  env?: Record<string, string>
  cwd?: string
  stopSignal?: 'TERM' | 'INT'
}

const runFile = (dir: string, name: string) => join(dir, 'run', `${name}.json`)
export const logFile = (dir: string, name: string) => join(dir, 'logs', `${name}.log`)
const hasProc = existsSync('/proc/self/stat')

/**
 * The fields of /proc/PID/stat after the name, which may contain spaces; [0] is the state. Throws when there is no such
 * process.
 */
export function statOf(pid: number): string[] {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8')
  return stat.slice(stat.lastIndexOf(') ') + 2).split(' ')
}

/** When the process with this pid was started; undefined when there is none, or only its remains. */
function startOf(pid: number): string | undefined {
  try {
    if (!hasProc) return ps(pid, 'lstart')
    const fields = statOf(pid)
    return fields[0] === 'Z' ? undefined : fields[19]
  } catch {
    return undefined // the process has ended
  }
}

/** The command line of a process; undefined when there is none, or it may not be seen. */
export function commandLineOf(pid: number): string | undefined {
  try {
    return hasProc ? readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim() : ps(pid, 'command')
  } catch {
    return undefined // the process has ended
  }
}

const ps = (pid: number, what: string) =>
  execFileSync('ps', ['-o', `${what}=`, '-p', String(pid)], { encoding: 'utf8' }).trim() || undefined

/** Another process with the same pid does not count as alive. */
const isAlive = ({ pid, start }: Identity) => start.trim() !== '' && startOf(pid) === start.trim()

function readRunFile(dir: string, name: string): RunFile | undefined {
  try {
    return JSON.parse(readFileSync(runFile(dir, name), 'utf8')) as RunFile
  } catch {
    return undefined // missing or damaged, so nothing in it can be trusted
  }
}

export function isKept(dir: string, name: string): boolean {
  const found = readRunFile(dir, name)
  return found !== undefined && isAlive(found.keeper) && isAlive(found.child)
}

export const isRunning = (dir: string, name: string): boolean => pidOf(dir, name) !== undefined

/** The pid of what runs under this name; undefined when nothing does. */
export function pidOf(dir: string, name: string): number | undefined {
  const found = readRunFile(dir, name)
  return found !== undefined && isAlive(found.child) ? found.child.pid : undefined
}

/**
 * Records a process without a keeper, by default this one, so that it is found and stopped with those of the data
 * folder.
 */
export function signIn(dir: string, name: string, pid = process.pid): void {
  const self = { pid, start: startOf(pid) ?? '' }
  ownFolder(join(dir, 'run'))
  writeState(runFile(dir, name), JSON.stringify({ keeper: self, child: self }))
}

export const signOut = (dir: string, name: string) => rmSync(runFile(dir, name), { force: true })

export function namesOfRunning(dir: string): string[] {
  const folder = join(dir, 'run')
  const files = existsSync(folder) ? readdirSync(folder) : []
  return files
    .filter(file => file.endsWith('.json'))
    .map(file => file.slice(0, -'.json'.length))
    .filter(name => isRunning(dir, name))
}

export async function keep(
  dir: string,
  { name, command, env, cwd = root, stopSignal = 'TERM' }: KeptProcess,
): Promise<void> {
  const adopted = isRunning(dir, name) ? readRunFile(dir, name)?.child : undefined
  if (!adopted) await stop(dir, name) // it may have left something behind
  ownFolder(join(dir, 'run'))
  const log = openLog(dir, name)
  const keeper = spawn('/bin/sh', [join(root, 'local/keep.sh'), runFile(dir, name), stopSignal, ...command], {
    cwd,
    detached: true,
    stdio: ['ignore', log, log],
    env: {
      PATH: process.env.PATH,
      HOME: process.env.HOME,
      LANG: 'C.UTF-8',
      TZ: 'UTC',
      ...env,
      ...(adopted && { ADOPTED_PID: String(adopted.pid) }),
    },
  })
  keeper.unref()
  closeSync(log)
}

/** How much is in its log, in bytes. */
export const logSize = (dir: string, name: string) => statSync(logFile(dir, name), { throwIfNoEntry: false })?.size ?? 0

const fullLogBytes = 20_000_000

function openLog(dir: string, name: string): number {
  ownFolder(join(dir, 'logs'))
  const file = logFile(dir, name)
  if (logSize(dir, name) > fullLogBytes) renameSync(file, `${file}.1`)
  return openSync(file, 'a')
}

const politelyMs = 25_000 // a service has 20 s to finish its work

export async function stop(dir: string, name: string): Promise<boolean> {
  const found = readRunFile(dir, name)
  if (!found) return false
  const wasAlive = isAlive(found.keeper) || isAlive(found.child)
  if (isAlive(found.keeper))
    signal(found.keeper, 'SIGTERM') // the keeper forwards what its child understands
  else signal(found.child, found.stopSignal === 'INT' ? 'SIGINT' : 'SIGTERM')
  await gone([found.keeper, found.child], politelyMs)
  const last = readRunFile(dir, name) ?? found // the keeper may have restarted it just before the signal
  const all = [found.keeper, found.child, last.child]
  for (const one of all) signal(one, 'SIGKILL')
  await gone(all, 5_000)
  rmSync(runFile(dir, name), { force: true })
  return wasAlive
}

function signal(one: Identity, which: NodeJS.Signals): void {
  if (isAlive(one)) process.kill(one.pid, which)
}

async function gone(all: Identity[], withinMs: number): Promise<void> {
  for (const deadline = Date.now() + withinMs; Date.now() < deadline && all.some(isAlive);) await pause(20)
}

const tailLines = 15

/** The last lines of a log, for an error message; only those behind its first `from` bytes. */
export function tailOfLog(dir: string, name: string, from = 0): string {
  if (!existsSync(logFile(dir, name))) return '(no log)'
  const log = readFileSync(logFile(dir, name))
  const written = log.subarray(from > log.length ? 0 : from) // if it is shorter, a new file has been started
  return written.toString().trimEnd().split('\n').slice(-tailLines).join('\n') || '(it has logged nothing)'
}
