/** Runs the checks and the tests on servers of its own, and counts: see bin/test.sh. */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createConnection } from 'node:net'
import { addresses, root } from './addresses.ts'
import { everything, purge, startStack, stopStack } from './stack.ts'

interface Counts {
  passed: number
  failed: number
}

const lowestOffset = 3_000
const highestOffset = 9_000 // all ports stay below 32768, where the system's own choices begin

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

/** Runs a command with its output shown, and returns its exit status and what it wrote to stdout. */
async function run(command: string, args: string[]): Promise<{ status: number | null; output: string }> {
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const end = () => child.kill('SIGTERM')
  process.once('SIGTERM', end)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    process.stdout.write(chunk)
  })
  const [status] = await once(child, 'close') as [number | null]
  process.off('SIGTERM', end)
  return { status, output }
}

/** Runs ava, and reads the counts that it prints at its end. A run that ends badly without a failed test counts as one. */
async function ava(args: string[]): Promise<Counts> {
  const { status, output } = await run('ava', args)
  const count = (pattern: RegExp) => Number(pattern.exec(output)?.[1] ?? 0)
  const failed = count(/^\s*(\d+) tests? failed$/m) + count(/^\s*(\d+) (?:uncaught exception|unhandled rejection)s?$/m) + count(/^\s*(\d+) hooks? failed$/m)
  const passed = output.match(/^\s*✔ /gm)?.length ?? 0 // ava says how many passed only when none failed
  return { passed, failed: status !== 0 && failed === 0 ? 1 : passed === 0 ? Math.max(1, failed) : failed }
}

async function checked(): Promise<Counts> {
  const { status } = await run('npm', ['run', '--silent', 'check'])
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

async function main(): Promise<number> {
  const args = process.argv.slice(2)
  const keep = args.includes('--keep')
  const files = args.filter(arg => arg !== '--keep')
  const offset = process.env.PORT_OFFSET ? Number(process.env.PORT_OFFSET) : await freeOffset()
  process.env.PORT_OFFSET = String(offset)
  process.env.LOCAL_DIR = process.env.LOCAL_DIR ?? `.local/test-${offset}`

  const end = async () => {
    if (keep) return console.log(`\nthe test servers run on: export PORT_OFFSET=${offset} LOCAL_DIR=${addresses().dir}`)
    await stopStack(everything, () => undefined)
    purge()
  }
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => void end().finally(() => process.exit(130)))

  const counts: Counts[] = []
  try {
    const [checks] = await Promise.all([files.length > 0 ? { passed: 0, failed: 0 } : checked(), startStack({ ...everything, services: [] }, console.log)])
    counts.push(checks)
    // system tests share Kafka and the databases: one file at a time
    if (files.length > 0) counts.push(await ava(files.some(file => file.includes('system-tests')) ? ['--concurrency=1', ...files] : files))
    else {
      counts.push(await ava(['!system-tests/**']))
      counts.push(await ava(['--concurrency=1', 'system-tests/**']))
    }
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    counts.push({ passed: 0, failed: 1 })
  } finally {
    await end()
  }
  const sum = (of: keyof Counts) => counts.reduce((total, one) => total + one[of], 0)
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`)
  return sum('failed') === 0 ? 0 : 1
}

process.exitCode = await main()
