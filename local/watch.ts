import { readdirSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { addresses, root, type ServiceName } from '@docket/addresses/addresses.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { isRunning } from './processes.ts'
import type { Print } from './servers/programs.ts'
import { startStack, stopStack } from './stack.ts'

export type Stamps = ReadonlyMap<string, string>

/** The sources in a folder: what a service may load, so no tests. */
export function stampsOf(folder: string): Stamps {
  const entries = readdirSync(folder, { withFileTypes: true }).filter(({ name }) => name !== 'node_modules')
  return new Map(
    entries.flatMap((entry): [string, string][] => {
      const path = join(folder, entry.name)
      if (entry.isDirectory()) return [...stampsOf(path)]
      const found = isSource(entry.name) ? statSync(path, { throwIfNoEntry: false }) : undefined
      return found ? [[path, `${found.mtimeMs} ${found.size}`]] : []
    }),
  )
}

const isSource = (name: string) => /\.(ts|js|json|sql)$/.test(name) && !name.endsWith('.test.ts')

export const changedFiles = (before: Stamps, after: Stamps): string[] =>
  [...new Set([...before.keys(), ...after.keys()])].filter(path => before.get(path) !== after.get(path))

/** Those of the services that load one of the files: what is in packages/, all may. */
export const servicesOf = (files: readonly string[], services: readonly ServiceName[]): ServiceName[] =>
  services.filter(service => files.some(file => ['packages', service].some(folder => isIn(file, folder))))

const isIn = (file: string, folder: string) => file.startsWith(join(root, folder, '/'))

// Looked at again and again: not every disk tells of its changes, those of containers and networks among them.
const pollMs = 250

export async function watchServices(services: readonly ServiceName[], print: Print, at = addresses()): Promise<void> {
  const look = (): Stamps => new Map(['packages', ...services].flatMap(folder => [...stampsOf(join(root, folder))]))
  const broken = new Set<ServiceName>()
  let seen = look() // first: whoever reads that they are watched may change one at once
  print('watching their sources; Ctrl-C ends that, and lets the services run')
  for (; ; await pause(pollMs)) {
    const running = services.filter(name => broken.has(name) || isRunning(at.dir, name))
    if (running.length === 0) return print('they were stopped: nothing is watched any more')
    if (changedFiles(seen, look()).length === 0) continue
    const now = await atRest(look)
    const changed = changedFiles(seen, now)
    seen = now
    const affected = servicesOf(changed, running)
    if (affected.length === 0) continue
    print(`${changed.map(file => relative(root, file)).join(', ')} changed`)
    for (const name of affected) broken.delete(name)
    try {
      await stopStack({ servers: [], services: affected }, () => undefined, at)
      await startStack({ servers: [], services: affected }, print, { at })
    } catch (error) {
      for (const name of affected) if (!isRunning(at.dir, name)) broken.add(name)
      print(`${messageOf(error)}\nwaiting for the next change`)
    }
  }
}

/** The stamps once nothing is written any more: an editor saves several files, a checkout many. */
async function atRest(look: () => Stamps): Promise<Stamps> {
  for (let last = look(); ;) {
    await pause(pollMs / 2)
    const now = look()
    if (changedFiles(last, now).length === 0) return now
    last = now
  }
}
