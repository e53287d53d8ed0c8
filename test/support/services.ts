import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as pause } from 'node:timers/promises'
import { pathToFileURL } from 'node:url'
import { root, serviceNames, type Addresses, type ServiceName } from '@docket/addresses/addresses.ts'
import { commandOf, environmentOf } from '@docket/addresses/environment.ts'
import { ownFolder } from '@docket/addresses/own-folder.ts'
import { signIn } from '@docket/local/processes.ts'
import { secrets } from '@docket/addresses/secrets.ts'
import { spawnLogged } from './logged.ts'
import { until } from './until.ts'

export interface HowToRun {
  env?: Partial<Record<ServiceName, Record<string, string>>>
  preload?: string
  /** What ends is started again, as a supervisor does. */
  supervised?: boolean
  checkout?: string
  replica?: number
}

export interface Exit {
  name: ServiceName
  code: number | null
  signal: NodeJS.Signals | null
}

export interface ServiceProcesses {
  start(name: ServiceName): Promise<void>
  kill(name: ServiceName, signal?: NodeJS.Signals): Promise<void>
  whileDown(name: ServiceName, work: () => Promise<void>): Promise<void>
  of(name: ServiceName): ChildProcess | undefined
  untilReady(name: ServiceName, withinMs?: number): Promise<void>
  exits: readonly Exit[]
  stop(): Promise<void>
}

const restartMs = 500

export const replicaName = (name: ServiceName, replica: number) => (replica === 0 ? name : `${name}-${replica + 1}`)

export const replicaPort = (at: Addresses, name: ServiceName, replica: number) =>
  at.servicePort(name) + replicaDistance * replica

const replicaDistance = 20 // between them are the ports for operations

export function serviceProcesses(
  at: Addresses,
  { env = {}, preload, supervised = false, checkout, replica = 0 }: HowToRun = {},
): ServiceProcesses {
  const keys = secrets(at.dir)
  const running = new Map<ServiceName, ChildProcess>()
  const ended = new WeakSet<ChildProcess>()
  const held = new Set<ServiceName>()
  const exits: Exit[] = []
  let stopping = false
  ownFolder(`${at.dir}/logs`)

  const nameOf = (name: ServiceName) => replicaName(name, replica)
  const portOf = (name: ServiceName) => replicaPort(at, name, replica)
  const launch = (name: ServiceName): ChildProcess => {
    const [node = process.execPath, ...args] = commandOf(name, checkout)
    const child = spawnLogged(
      `${at.dir}/logs/test-${nameOf(name)}.log`,
      node,
      [...(preload === undefined ? [] : ['--import', pathToFileURL(preload).href]), ...args],
      {
        cwd: root,
        env: {
          PATH: process.env.PATH,
          NODE_COMPILE_CACHE: process.env.NODE_COMPILE_CACHE,
          ...environmentOf(name, at, keys),
          PORT: String(portOf(name)),
          OPS_PORT: String(at.opsPort(name) + replicaDistance * replica),
          ...env[name],
        },
      },
      preload !== undefined,
    )
    running.set(name, child)
    // so that it is stopped with the servers, also when this run was killed
    if (child.pid) signIn(at.dir, nameOf(name), child.pid)
    child.once('exit', (code, signal) => {
      if (!ended.has(child) && !stopping) exits.push({ name, code, signal })
      if (supervised && !stopping && !held.has(name))
        void pause(restartMs).then(() => {
          if (!stopping && running.get(name) === child) launch(name)
        })
    })
    return child
  }
  const hasEnded = (child: ChildProcess) => child.exitCode !== null || child.signalCode !== null

  const untilReady = (name: ServiceName, withinMs?: number) =>
    until(
      `${name} is ready`,
      async () => {
        const child = running.get(name)
        if (!supervised && child?.exitCode !== null && child !== undefined)
          throw new Error(`${name} ended with ${child.exitCode}`)
        return (await fetch(`http://127.0.0.1:${portOf(name)}/readyz`, { signal: AbortSignal.timeout(3_000) })).ok
      },
      withinMs,
    ).then(() => undefined)

  const kill = async (name: ServiceName, signal: NodeJS.Signals = 'SIGKILL') => {
    const child = running.get(name)
    if (!child || hasEnded(child)) return
    ended.add(child)
    const gone = once(child, 'exit')
    child.kill(signal)
    await gone
  }

  return {
    exits,
    kill,
    untilReady,
    of: name => running.get(name),
    async whileDown(name, work) {
      held.add(name)
      try {
        await kill(name, 'SIGTERM')
        await work()
      } finally {
        held.delete(name)
        if (!stopping) launch(name)
      }
    },
    async start(name) {
      const child = running.get(name)
      if (!child || hasEnded(child)) launch(name)
      await untilReady(name)
    },
    async stop() {
      stopping = true
      await Promise.all(
        serviceNames.map(name => {
          running.get(name)?.kill('SIGCONT') // a paused one would not handle the other signal
          return kill(name, 'SIGTERM')
        }),
      )
    },
  }
}
