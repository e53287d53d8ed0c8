import { spawn, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { createWriteStream, readFileSync } from 'node:fs'
import { setTimeout as pause } from 'node:timers/promises'

export interface Command {
  argv: readonly string[]
  env: NodeJS.ProcessEnv
  cwd: string
  port: number
  logFile: string
  /** So that it is stopped with the servers when this run is killed. */
  onPid(pid: number): void
}

export interface ServiceProcess {
  start(): Promise<{ liveMs: number; readyMs: number }>
  end(signal: 'SIGTERM' | 'SIGKILL', withinMs?: number): Promise<Ending>
  crash(): string | undefined
  health(): { looks: number; troubles: readonly string[] }
  isReady(): Promise<boolean>
}

export interface Ending {
  ms: number
  code: number | null
  signal: NodeJS.Signals | null
  isForced: boolean
}

export class NotServing extends Error {}

const lookEveryMs = 250
const answerWithinMs = 3_000

export function serviceProcess(
  { argv, env, cwd, port, logFile, onPid }: Command,
  readyWithinMs: number,
): ServiceProcess {
  let child: ChildProcess | undefined
  let isEnding = false
  const troubles = new Set<string>()
  let looks = 0

  const statusOf = async (path: string) => {
    const signal = AbortSignal.timeout(answerWithinMs)
    try {
      const answer = await fetch(`http://127.0.0.1:${port}${path}`, { signal })
      await answer.body?.cancel() // the connection would stay
      return answer.status
    } catch {
      return signal.aborted ? `no answer within ${answerWithinMs / 1_000} s` : 'no answer'
    }
  }
  const hasEnded = (one: ChildProcess) => one.exitCode !== null || one.signalCode !== null
  const crash = () =>
    child && hasEnded(child) && !isEnding
      ? `it has ended by itself, with ${child.signalCode ?? `exit status ${child.exitCode}`}; the end of its output:\n${tailOf(logFile)}`
      : undefined

  async function watch(one: ChildProcess): Promise<void> {
    for (;;) {
      await pause(lookEveryMs, undefined, { ref: false })
      const status = await statusOf('/livez')
      if (isEnding || hasEnded(one) || one !== child) return
      looks++
      if (status !== 200) troubles.add(`/livez: ${status}`)
    }
  }

  async function until(path: string, deadlineMs: number): Promise<void> {
    for (let last: unknown; ; await pause(50)) {
      const crashed = crash()
      if (crashed !== undefined) throw new NotServing(crashed)
      last = await statusOf(path)
      if (last === 200) return
      if (performance.now() > deadlineMs)
        throw new NotServing(
          `http://127.0.0.1:${port}${path} did not answer 200 within ${readyWithinMs / 1_000} s, but: ${last}; the end of its output:\n${tailOf(logFile)}`,
        )
    }
  }

  return {
    crash,
    health: () => ({ looks, troubles: [...troubles] }),
    isReady: async () => (await statusOf('/readyz')) === 200,
    async start() {
      const [program = '', ...args] = argv
      const log = createWriteStream(logFile, { flags: 'a' })
      isEnding = false
      const beganMs = performance.now()
      const one = spawn(program, args, { cwd, env, detached: true, stdio: ['ignore', 'pipe', 'pipe'] })
      child = one
      one.once('error', error => log.write(`${error.message}\n`))
      one.stdout.pipe(log, { end: false })
      one.stderr.pipe(log, { end: false })
      one.once('close', () => log.end())
      if (one.pid === undefined) throw new NotServing(`${program} cannot be started`)
      onPid(one.pid)
      await until('/livez', beganMs + readyWithinMs)
      const liveMs = performance.now() - beganMs
      void watch(one)
      await until('/readyz', beganMs + readyWithinMs)
      return { liveMs, readyMs: performance.now() - beganMs }
    },
    async end(signal, withinMs = 5_000) {
      const one = child
      const beganMs = performance.now()
      const crashed = crash()
      if (crashed !== undefined) troubles.add(crashed)
      if (!one?.pid || hasEnded(one)) return { ms: 0, code: one?.exitCode ?? null, signal: null, isForced: false }
      isEnding = true
      const gone = once(one, 'exit')
      if (signal === 'SIGKILL') killGroup(one.pid)
      else one.kill(signal)
      const isInTime = await Promise.race([gone.then(() => true), pause(withinMs, false, { ref: false })])
      killGroup(one.pid) // what it has left behind, too
      await gone
      return { ms: performance.now() - beganMs, code: one.exitCode, signal: one.signalCode, isForced: !isInTime }
    },
  }
}

function killGroup(pid: number): void {
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // none of it runs any more
  }
}

const tailLines = 8

function tailOf(file: string): string {
  const text = readFileSync(file, { encoding: 'utf8', flag: 'a+' }).trimEnd()
  return text === ''
    ? '  (it has written nothing)'
    : text
        .split('\n')
        .slice(-tailLines)
        .map(line => `  ${line}`)
        .join('\n')
}
