import { mkdirSync, rmdirSync, rmSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { addresses, serviceNames, type Addresses, type ServiceName } from './addresses.ts'
import { commandOf, environmentOf } from './environment.ts'
import { kafkaServer } from './kafka.ts'
import { mariadbServer, mariadbSocket } from './mariadb.ts'
import { expectFree } from './ports.ts'
import { postgresHome, postgresServer } from './postgres.ts'
import { isKept, keep, logFile, stop, tailOfLog } from './processes.ts'
import { cacheFolder } from './programs.ts'
import { makeSecrets, type Secrets } from './secrets.ts'
import type { Server } from './server.ts'

export interface Wanted {
  servers: Server['name'][]
  services: ServiceName[]
}

/** A service, and the servers that it needs. */
export function needsOf(services: readonly ServiceName[]): Wanted {
  const servers = new Set<Server['name']>(['kafka'])
  for (const service of services) servers.add(service === 'user-service' ? 'mariadb' : 'postgres')
  return { servers: [...servers], services: [...services] }
}

export const everything: Wanted = { servers: ['kafka', 'postgres', 'mariadb'], services: [...serviceNames] }

const serverLimitMs = 90_000
const serviceLimitMs = 60_000

/** Starts what is wanted and does not run, and leaves the rest alone. Says what it does, a line each. */
export async function startStack(wanted: Wanted, say: (line: string) => void, at = addresses()): Promise<void> {
  mkdirSync(at.dir, { recursive: true })
  await underLock(at.dir, async () => {
    const keys = makeSecrets(at.dir)
    const servers: Server[] = [kafkaServer(at), postgresServer(at, keys), mariadbServer(at, keys)].filter(server => wanted.servers.includes(server.name))
    await Promise.all(servers.map(server => startServer(server, at.dir, say)))
    await Promise.all(wanted.services.map(service => startService(service, at, keys, say)))
  })
}

async function startServer(server: Server, dir: string, say: (line: string) => void): Promise<void> {
  const began = Date.now()
  const ran = isKept(dir, server.name)
  if (!ran) {
    await stop(dir, server.name)
    for (const port of server.ports) await expectFree(port, server.name)
    await keep(dir, await server.prepare())
  }
  await whenReady(server.name, dir, server.probe, serverLimitMs)
  await server.furnish()
  say(line(server.name, server.address, ran, began))
}

async function startService(name: ServiceName, at: Addresses, keys: Secrets, say: (line: string) => void): Promise<void> {
  const began = Date.now()
  const ran = isKept(at.dir, name)
  if (!ran) {
    await stop(at.dir, name)
    await expectFree(at.servicePort(name), name)
    await keep(at.dir, { name, command: commandOf(name), env: { NODE_COMPILE_CACHE: join(cacheFolder(), 'node-compile-cache'), ...environmentOf(name, at, keys) } })
  }
  const url = `http://127.0.0.1:${at.servicePort(name)}`
  await whenReady(name, at.dir, async () => {
    const answer = await fetch(`${url}/readyz`, { signal: AbortSignal.timeout(2_000) })
    if (!answer.ok) throw new Error(await answer.text())
  }, serviceLimitMs)
  say(line(name, url, ran, began))
}

const line = (name: string, address: string, ran: boolean, began: number) =>
  `${name.padEnd(18)} ${ran ? 'running' : 'ready  '}  ${address.padEnd(22)}${ran ? '' : ` ${((Date.now() - began) / 1000).toFixed(1)} s`}`

/** Waits until the probe holds; gives up early when nobody keeps the process any more. */
async function whenReady(name: string, dir: string, probe: () => Promise<void>, withinMs: number): Promise<void> {
  let last: unknown
  for (const deadline = Date.now() + withinMs, grace = Date.now() + 5_000; Date.now() < deadline;) {
    try {
      return await probe()
    } catch (error) {
      last = error
    }
    if (Date.now() > grace && !isKept(dir, name)) break
    await pause(50)
  }
  throw new Error(`${name} did not become ready: ${last instanceof Error ? last.message : last}\nthe end of ${logFile(dir, name)}:\n${tailOfLog(dir, name)}`)
}

/** Stops services, then servers, in the reverse order of their start; those that run. */
export async function stopStack(wanted: Wanted, say: (line: string) => void, at = addresses()): Promise<void> {
  await underLock(at.dir, async () => {
    const stopAll = (names: string[]) => Promise.all(names.map(async name => {
      if (await stop(at.dir, name)) say(`${name.padEnd(18)} stopped`)
    }))
    await stopAll(wanted.services)
    await stopAll(wanted.servers)
  })
}

/** Deletes the data of a stack that has been stopped, and all it left elsewhere. */
export function purge(at = addresses()): void {
  for (const path of [postgresHome(at.dir), mariadbSocket(at.dir), at.dir]) rmSync(path, { recursive: true, force: true })
}

const lockIsStaleMs = 10 * 60_000

/** One script at a time may start or stop things in a folder; another waits. */
async function underLock(dir: string, work: () => Promise<void>): Promise<void> {
  const lock = join(dir, '.lock')
  mkdirSync(dir, { recursive: true })
  for (;;) {
    try {
      mkdirSync(lock)
      break
    } catch {
      const age = Date.now() - (statSync(lock, { throwIfNoEntry: false })?.mtimeMs ?? Date.now())
      if (age > lockIsStaleMs) rmSync(lock, { recursive: true, force: true }) // its holder was killed
      await pause(100)
    }
  }
  const release = () => rmSync(lock, { recursive: true, force: true })
  process.once('exit', release)
  try {
    await work()
  } finally {
    process.off('exit', release)
    try {
      rmdirSync(lock)
    } catch {
      // the folder was purged with it
    }
  }
}
