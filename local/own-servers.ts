import { existsSync, globSync } from 'node:fs'
import { join } from 'node:path'
import { addresses, root, type Addresses } from '@docket/addresses/addresses.ts'
import { isListening } from './ports.ts'
import { isRunning, signIn, signOut } from './processes.ts'
import { everything, purgeStack, startStack } from './stack.ts'

const lowestOffset = 3_000
const highestOffset = 9_000 // all ports stay below 32768, where the system's own choices begin
const servicePorts = [8_081, 8_082, 8_083, 8_084, 8_085, 8_091, 8_092, 8_093, 8_094, 8_095]
const ports = [...servicePorts, 8_090, 8_096, 13_306, 15_432, 19_092, 19_093, 19_094, 19_095]
const quietly = () => undefined
const runner = 'tests'

const isFree = async (offset: number) =>
  !(await Promise.all(ports.map(port => isListening(port + offset)))).includes(true)

export async function freeOffset(): Promise<number> {
  const first = lowestOffset + 100 * (process.pid % 60) // two runs at once begin their search at different offsets
  for (let step = 0; step <= highestOffset - lowestOffset; step += 100) {
    const offset = lowestOffset + ((first - lowestOffset + step) % (highestOffset - lowestOffset))
    if (await isFree(offset)) return offset
  }
  throw new Error('no free ports were found for the test servers')
}

async function clearLeftovers(): Promise<void> {
  for (const dir of globSync('.local/test-*', { cwd: root })) {
    const isLeft = existsSync(join(root, dir, 'run', `${runner}.json`)) && !isRunning(join(root, dir), runner)
    if (isLeft) await purgeStack(quietly, addresses({ LOCAL_DIR: dir }))
  }
}

export interface OwnServers {
  at: Addresses
  signal: AbortSignal
  start(): Promise<void>
}

/**
 * Does something on servers of its own, at free ports and in a data folder of their own; never on the caller's stack.
 * Afterwards they are stopped and deleted, unless they are to be kept: then says how to go on with them.
 */
export async function onOwnServers<T>(
  work: (own: OwnServers) => Promise<T>,
  { keep = false, print = console.log } = {},
): Promise<T> {
  await clearLeftovers()
  process.env.PORT_OFFSET = String(await freeOffset())
  process.env.LOCAL_DIR = `.local/test-${process.env.PORT_OFFSET}`
  const at = addresses()
  const aborted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => aborted.abort())
  try {
    signIn(at.dir, runner)
    return await work({ at, signal: aborted.signal, start: () => startStack({ ...everything, services: [] }, print) })
  } finally {
    if (keep) {
      signOut(at.dir, runner)
      print(`\nthe servers go on; to use them by hand, and to end them:
  export PORT_OFFSET=${at.offset} LOCAL_DIR=${at.dir} PATH=${root}node_modules/.bin:$PATH
  ava test/system/endings.stack.test.ts
  ./bin/down-local.sh --purge`)
    } else await purgeStack(quietly, at)
  }
}
