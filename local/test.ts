/** Runs the checks and the tests on servers of its own, and counts: see bin/test.sh. */
import { existsSync, globSync } from 'node:fs'
import { createConnection } from 'node:net'
import { join } from 'node:path'
import { addresses, root } from './addresses.ts'
import { ava, run, type Counts } from './ava.ts'
import { isRunning, signIn, signOut } from './processes.ts'
import { everything, purgeStack, startStack } from './stack.ts'

const lowestOffset = 3_000
const highestOffset = 9_000 // all ports stay below 32768, where the system's own choices begin
const quietly = () => undefined

/** Whether nobody listens on any port of a stack with this offset. */
async function isFree(offset: number): Promise<boolean> {
  const ports = [8_081, 8_082, 8_083, 8_084, 8_085, 13_306, 15_432, 19_092, 19_093].map(port => port + offset)
  const taken = await Promise.all(ports.map(port => new Promise<boolean>(resolve => {
    const socket = createConnection({ port, host: '127.0.0.1' })
    socket.once('connect', () => { socket.destroy(); resolve(true) })
    socket.once('error', () => resolve(false))
  })))
  return !taken.includes(true)
}

async function freeOffset(): Promise<number> {
  const first = lowestOffset + 100 * (process.pid % 60) // two runs at once begin their search at different places
  for (let step = 0; step <= highestOffset - lowestOffset; step += 100) {
    const offset = lowestOffset + (first - lowestOffset + step) % (highestOffset - lowestOffset)
    if (await isFree(offset)) return offset
  }
  throw new Error('no free ports were found for the test servers')
}

const runner = 'tests'

/** Stops and deletes what test runs that were killed have left. */
async function clearLeftovers(): Promise<void> {
  for (const dir of globSync('.local/test-*', { cwd: root })) {
    const isLeft = existsSync(join(root, dir, 'run', `${runner}.json`)) && !isRunning(join(root, dir), runner)
    if (isLeft) await purgeStack(quietly, addresses({ LOCAL_DIR: dir }))
  }
}

async function checked(signal: AbortSignal): Promise<Counts> {
  const { status } = await run('npm', ['run', '--silent', 'check'], signal)
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

/** All tests, or those in the files; the system tests one file at a time, because they share Kafka and the databases. */
async function tested(files: string[], signal: AbortSignal): Promise<Counts[]> {
  if (files.length > 0) return [await ava(files.some(file => file.includes('system-tests')) ? ['--concurrency=1', ...files] : files, signal)]
  return [await ava(['{chassis,checks,cli,kafka,local,testing}/**/*.test.ts', '*-service/**/*.test.ts'], signal), await ava(['--concurrency=1', 'system-tests/*.test.ts'], signal)]
}

async function main(args: string[]): Promise<number> {
  const keep = args.includes('--keep')
  const files = args.filter(arg => arg !== '--keep')
  await clearLeftovers()
  // never the caller's own: that stack, and its data, are not for tests
  process.env.PORT_OFFSET = String(await freeOffset())
  process.env.LOCAL_DIR = `.local/test-${process.env.PORT_OFFSET}`
  const at = addresses()
  const aborted = new AbortController()
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => aborted.abort())

  const counts: Counts[] = []
  try {
    signIn(at.dir, runner)
    const checks = files.length > 0 ? { passed: 0, failed: 0 } : checked(aborted.signal)
    await Promise.all([checks, startStack({ ...everything, services: [] }, console.log)])
    counts.push(await checks, ...await tested(files, aborted.signal))
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    counts.push({ passed: 0, failed: 1 })
  }
  if (keep) {
    signOut(at.dir, runner)
    console.log(`\nthe test servers go on; to run ava on them by hand, and to end them:
  export PORT_OFFSET=${at.offset} LOCAL_DIR=${at.dir} PATH=${root}node_modules/.bin:$PATH
  ava system-tests/endings.test.ts
  ./bin/down-local.sh --purge`)
  } else await purgeStack(quietly, at)
  const sum = (of: keyof Counts) => counts.reduce((total, one) => total + one[of], 0)
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`)
  return sum('failed') === 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
