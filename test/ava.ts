import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { root } from '@docket/addresses/addresses.ts'

export interface Counts {
  passed: number
  failed: number
}

/**
 * Runs a command with its output shown, and returns its exit status and what it wrote to stdout. Ends it when `signal`
 * says so.
 */
export async function run(
  command: string,
  args: string[],
  signal: AbortSignal,
): Promise<{ status: number | null; output: string }> {
  signal.throwIfAborted()
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const end = () => child.kill('SIGTERM')
  signal.addEventListener('abort', end)
  let output = ''
  child.stdout.on('data', (chunk: Buffer) => {
    output += chunk.toString()
    process.stdout.write(chunk)
  })
  const [status] = (await once(child, 'close')) as [number | null]
  signal.removeEventListener('abort', end)
  return { status, output }
}

/** Runs ava, and reads the counts that it prints. */
export async function ava(args: string[], signal: AbortSignal): Promise<Counts> {
  const { status, output } = await run('ava', args, signal)
  return countsOf(status, output)
}

/**
 * What ava's output says. A run that ends badly without a failed test, or without any test, counts as one that failed.
 */
export function countsOf(status: number | null, output: string): Counts {
  const count = (pattern: RegExp) => Number(pattern.exec(output)?.[1] ?? 0)
  const failed =
    count(/^\s*(\d+) tests? failed$/m) +
    count(/^\s*(\d+) (?:uncaught exception|unhandled rejection)s?$/m) +
    count(/^\s*(\d+) hooks? failed$/m)
  const passed = output.match(/^\s*✔ /gm)?.length ?? 0 // ava says how many passed only when none failed
  return { passed, failed: failed === 0 && (status !== 0 || passed === 0) ? 1 : failed }
}
