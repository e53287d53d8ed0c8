import { existsSync, readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { addresses, kafkaNames, serviceNames, type Addresses, type ServiceName } from '@docket/addresses/addresses.ts'
import { jwks, signingKeysIn } from '@docket/foundation/signing-keys.ts'
import { tellingWaits } from '@docket/foundation/waiting.ts'
import { messageOf, messageWithCauses } from '@docket/foundation/errors.ts'
import { startDocker, stopDocker, usesDocker } from './servers/docker.ts'
import { certificateAuthority } from './certificates.ts'
import { certificatesOf, commandOf, environmentOf } from '@docket/addresses/environment.ts'
import { kafkaServer } from './servers/kafka.ts'
import { underLock } from './lock.ts'
import { mariadbServer } from './servers/mariadb.ts'
import { expectFree } from './ports.ts'
import { removePostgresHome } from './servers/postgres-home.ts'
import { postgresServer } from './servers/postgres.ts'
import {
  isKept,
  isRunning,
  keep,
  logFile,
  logSize,
  namesOfRunning,
  stop,
  tailOfLog,
  type KeptProcess,
} from './processes.ts'
import { cacheFolder, type Print } from './servers/programs.ts'
import { claimFolder, removeFolder } from './purge.ts'
import { ownFolder } from '@docket/addresses/own-folder.ts'
import { writeState } from '@docket/addresses/state-file.ts'
import { hasSecrets, makeSecrets, type Secrets } from '@docket/addresses/secrets.ts'
import type { Server } from './servers/server.ts'

type ServerKind = 'kafka' | 'postgres' | 'mariadb'

export interface Wanted {
  servers: ServerKind[]
  services: ServiceName[]
}

export function needsOf(services: readonly ServiceName[]): Wanted {
  const servers = services.flatMap(service => ['kafka', service === 'user-service' ? 'mariadb' : 'postgres'] as const)
  return { servers: [...new Set(servers)], services: [...services] }
}

export const everything: Wanted = { servers: ['kafka', 'postgres', 'mariadb'], services: [...serviceNames] }

const serverLimitMs = 90_000
const serviceLimitMs = 60_000

interface Part {
  name: string
  address: string
  ports: number[]
  limitMs: number
  prepare(print: Print): Promise<KeptProcess>
  probe(): Promise<void>
  furnish(): Promise<void>
}

export async function startStack(
  wanted: Wanted,
  print: Print,
  { at = addresses(), docker = false } = {},
): Promise<void> {
  claimFolder(at.dir)
  await inTurn(at, print, async () => {
    expectSameOffset(at)
    if (!hasSecrets(at.dir)) removePostgresHome(at.dir) // its password went with the secrets
    const keys = makeSecrets(at.dir)
    writeState(at.jwksFile, JSON.stringify(jwks(signingKeysIn(keys.jwtSigningKey))))
    const isServed = namesOfRunning(at.dir).some(name => [...kafkaNames, 'postgres', 'mariadb'].includes(name))
    if (at.isSecured && !isServed) makeCertificates(at.dir)
    const serversOf: Record<ServerKind, () => Server[]> = {
      kafka: () => at.kafkaNodes.map(node => kafkaServer(at, node, keys)),
      postgres: () => [postgresServer(at, keys)],
      mariadb: () => [mariadbServer(at, keys)],
    }
    const servers = wanted.servers
      .flatMap(kind => serversOf[kind]())
      .map(server => ({ ...server, limitMs: serverLimitMs }))
    const isAlone = !wanted.services.includes('user-service') && !isRunning(at.dir, 'user-service')
    const services = wanted.services.map(name => serviceOf(name, at, keys, isAlone))
    const inDocker = docker || usesDocker(at.dir)
    if (inDocker && at.isSecured) throw new Error('STACK_SECURITY=full is for servers without --docker')
    for (const part of inDocker ? services : [...servers, ...services]) await expectPortsFree(part, at.dir)
    if (inDocker) await startDocker(at, keys, wanted.servers, print)
    await all(servers.map(server => start(server, at.dir, print, inDocker)))
    await all(services.map(service => start(service, at.dir, print)))
  })
}

/** Renewed when none of the servers runs, because certificates are valid for a week. */
function makeCertificates(dir: string): void {
  const files = certificatesOf(dir)
  ownFolder(dirname(files.key))
  const authority = certificateAuthority('Docket')
  const { certificate, key } = authority.issue(['localhost', '127.0.0.1'])
  writeState(files.authority, authority.certificate)
  writeState(files.certificate, certificate)
  writeState(files.key, key, { mode: 0o600 })
}

function serviceOf(name: ServiceName, at: Addresses, keys: Secrets, isAlone: boolean): Part {
  const url = `http://127.0.0.1:${at.servicePort(name)}`
  const compiled = join(cacheFolder(), 'node-compile-cache')
  return {
    name,
    address: url,
    ports: [at.servicePort(name), at.opsPort(name)],
    limitMs: serviceLimitMs,
    prepare: async () => ({
      name,
      command: commandOf(name),
      env: { NODE_COMPILE_CACHE: compiled, ...environmentOf(name, at, keys, { isAlone }) },
    }),
    async probe() {
      const answer = await fetch(`http://127.0.0.1:${at.opsPort(name)}/readyz`, { signal: AbortSignal.timeout(2_000) })
      if (!answer.ok) throw new Error(await answer.text())
    },
    furnish: async () => undefined, // a service updates its database by itself
  }
}

async function start(part: Part, dir: string, print: Print, inDocker = false): Promise<void> {
  const began = Date.now()
  const ran = inDocker || isKept(dir, part.name)
  const logFrom = ran ? 0 : logSize(dir, part.name) // the log of an earlier run explains nothing
  if (!ran) {
    const tell = () => print(`${part.name.padEnd(18)} waiting until it is set up`)
    await keep(dir, await tellingWaits(tell, () => part.prepare(print)))
  }
  try {
    const tell = () => print(`${part.name.padEnd(18)} waiting until it is ready; its log is ${logFile(dir, part.name)}`)
    await tellingWaits(tell, () => whenReady(part, dir, logFrom, inDocker))
  } catch (error) {
    if (!ran) await stop(dir, part.name) // otherwise its keeper would restart it forever
    throw error
  }
  await part.furnish()
  const took = ran ? '' : ` ${((Date.now() - began) / 1000).toFixed(1)} s`
  print(`${part.name.padEnd(18)} ${ran ? 'running' : 'ready  '}  ${part.address.padEnd(22)}${took}`)
}

async function expectPortsFree(part: Part, dir: string): Promise<void> {
  if (isRunning(dir, part.name)) return
  await stop(dir, part.name) // it has died, and its keeper may be restarting it
  for (const port of part.ports) await expectFree(port, part.name)
}

/** Waits until the part is ready. Throws, with the end of its log, when it does not get there. */
async function whenReady(part: Part, dir: string, logFrom: number, inDocker: boolean): Promise<void> {
  let last: unknown
  for (const deadline = Date.now() + part.limitMs, grace = Date.now() + 5_000; Date.now() < deadline;) {
    try {
      return await part.probe()
    } catch (error) {
      last = error
    }
    if (!inDocker && Date.now() > grace && !isKept(dir, part.name)) break // it has ended, and not for the first time
    await pause(50)
  }
  const trouble =
    inDocker || isKept(dir, part.name)
      ? `did not become ready: ${messageWithCauses(last)}`
      : 'ended before it was ready'
  throw new Error(
    inDocker
      ? `${part.name} ${trouble}`
      : `${part.name} ${trouble}\nthe end of ${logFile(dir, part.name)}:\n${tailOfLog(dir, part.name, logFrom)}`,
  )
}

/** Waits for all of them even if one fails, so that none is left running unnoticed; then throws. */
async function all(works: Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(works))
    .filter(result => result.status === 'rejected')
    .map(({ reason }) => reason)
  const messages = new Set(failed.map(messageOf))
  if (failed.length > 0) throw new AggregateError(failed, [...messages].join('\n\n'))
}

export async function stopStack(wanted: Wanted, print: Print, at = addresses()): Promise<void> {
  if (existsSync(at.dir)) await inTurn(at, print, () => stopParts(wanted, print, at))
}

export async function stopServices(services: ServiceName[], print: Print, at = addresses()): Promise<void> {
  if (!existsSync(at.dir)) return
  await inTurn(at, print, async () => {
    const others = serviceNames.filter(name => !services.includes(name) && isRunning(at.dir, name))
    const stillNeeded = needsOf(others).servers
    await stopParts(
      { services, servers: needsOf(services).servers.filter(server => !stillNeeded.includes(server)) },
      print,
      at,
    )
  })
}

export async function purgeStack(print: Print, at = addresses()): Promise<void> {
  if (!existsSync(at.dir)) return
  await inTurn(at, print, async () => {
    await stopParts(everything, print, at, true)
    for (const name of ['provider', 'connect']) await stop(at.dir, name) // left by a fault run that was killed
    removePostgresHome(at.dir)
    for (const path of removeFolder(at.dir)) print(`${path} is in use, or not of this stack: left alone`)
  })
}

async function stopParts({ services, servers }: Wanted, print: Print, at: Addresses, withData = false): Promise<void> {
  const stopAll = (names: readonly string[]) =>
    all(
      names.map(async name => {
        const tell = () => print(`${name.padEnd(18)} waiting until it has ended what it is at`)
        if (await tellingWaits(tell, () => stop(at.dir, name))) print(`${name.padEnd(18)} stopped`)
      }),
    )
  await stopAll(services)
  await stopAll(servers.flatMap(kind => (kind === 'kafka' ? kafkaNames : [kind])))
  if (usesDocker(at.dir)) await stopDocker(at, servers, withData, print)
}

/** Scripts that start or stop processes in a folder must not run concurrently. */
const inTurn = (at: Addresses, print: Print, work: () => Promise<void>) =>
  underLock(join(at.dir, '.lock'), work, () =>
    print('waiting for another script that is starting or stopping this stack'),
  )

function expectSameOffset(at: Addresses): void {
  const file = join(at.dir, 'run', 'offset')
  const offset = existsSync(file) ? readFileSync(file, 'utf8') : undefined
  if (offset !== undefined && offset !== String(at.offset) && namesOfRunning(at.dir).length > 0) {
    throw new Error(`the stack in ${at.dir} runs with PORT_OFFSET=${offset}: use that, or stop it first`)
  }
  ownFolder(join(at.dir, 'run'))
  writeState(file, String(at.offset))
}
