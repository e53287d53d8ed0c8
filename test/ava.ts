import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { root } from '@docket/addresses/addresses.ts'
import { slowTests, type SlowTest } from './slow-tests.ts'

export interface Counts {
  passed: number
  failed: number
}

export interface Result extends Counts {
  slow: readonly SlowTest[]
}

export const oneFailed: Result = { passed: 0, failed: 1, slow: [] }
export const onePassed: Result = { passed: 1, failed: 0, slow: [] }

const toStdout = (chunk: string) => void process.stdout.write(chunk)

export async function run(
  command: string,
  args: string[],
  signal: AbortSignal,
  show = toStdout,
): Promise<{ status: number | null; output: string }> {
  signal.throwIfAborted()
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'inherit'] })
  const end = () => child.kill('SIGTERM')
  signal.addEventListener('abort', end)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
    show(chunk)
  })
  const [status] = (await once(child, 'close')) as [number | null]
  signal.removeEventListener('abort', end)
  return { status, output }
}

const silenceMs = 8 * 60_000 // the longest time limit of a test is 400 s

/** Runs ava, and reads what it prints. Ends it when nothing comes any more: it waits for ever for a file that hangs. */
export async function ava(args: string[], signal: AbortSignal, show = toStdout): Promise<Result> {
  const slow = slowTests()
  const hangs = new AbortController()
  const timer = setTimeout(() => hangs.abort(), silenceMs)
  const { status, output } = await run('ava', args, AbortSignal.any([signal, hangs.signal]), chunk => {
    timer.refresh()
    slow.read(chunk)
    show(chunk)
  }).finally(() => clearTimeout(timer))
  return { ...countsOf(status, output), slow: slow.found }
}

export interface FileResult extends Result {
  file: string
  output: string
  seconds: number
}

export async function avaFile(file: string, signal: AbortSignal): Promise<FileResult> {
  const began = performance.now()
  let output = ''
  const result = await ava([file], signal, chunk => {
    output += chunk
  })
  const slow = result.slow.map(({ title, seconds }) => ({ title: `${file} › ${title}`, seconds }))
  return { ...result, slow, file, output, seconds: (performance.now() - began) / 1_000 }
}

export function showFile({ file, output, seconds }: FileResult): void {
  console.log(`\n${file}  ${seconds.toFixed(0)} s\n${output.replace(/^\n+|\n+$/g, '')}`)
}

export function countsOf(status: number | null, output: string): Counts {
  const count = (pattern: RegExp) => Number(pattern.exec(output)?.[1] ?? 0)
  const failed =
    count(/^\s*(\d+) tests? failed$/m) +
    count(/^\s*(\d+) (?:uncaught exception|unhandled rejection)s?$/m) +
    count(/^\s*(\d+) hooks? failed$/m)
  const passed = output.match(/^\s*✔ /gm)?.length ?? 0 // ava says how many passed only when none failed
  const isEmpty = passed === 0 && count(/^\s*(\d+) tests? skipped$/m) === 0
  return { passed, failed: failed === 0 && (status !== 0 || isEmpty) ? 1 : failed }
}
