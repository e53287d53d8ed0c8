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
  /** What failed, and why: shown once more at the end, as only the end of a long log may have been kept. */
  reports: readonly string[]
}

export const oneFailed = (report: string): Result => ({ passed: 0, failed: 1, slow: [], reports: [report] })
const onePassed: Result = { passed: 1, failed: 0, slow: [], reports: [] }

/** Of a program that is no test of ava's. */
export const resultOf = (name: string, { status, output }: { status: number | null; output: string }): Result =>
  status === 0 ? onePassed : oneFailed(`${name}\n${output.trimEnd().slice(-mostReported)}`)

const mostReported = 6_000 // characters

const toStdout = (chunk: string) => void process.stdout.write(chunk)

export async function run(
  command: string,
  args: string[],
  signal: AbortSignal,
  show = toStdout,
): Promise<{ status: number | null; output: string }> {
  signal.throwIfAborted()
  const child = spawn(command, args, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'] })
  const end = () => child.kill('SIGTERM')
  signal.addEventListener('abort', end)
  let output = ''
  child.stdout.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
    show(chunk)
  })
  child.stderr.setEncoding('utf8').on('data', (chunk: string) => {
    output += chunk
    process.stderr.write(chunk)
  })
  const [status] = (await once(child, 'close')) as [number | null]
  signal.removeEventListener('abort', end)
  return { status, output }
}

const silenceMs = 8 * 60_000 // the longest time limit of a test is 400 s

/** Ends ava when it prints nothing more, because it waits forever for a test file that hangs. */
export async function ava(args: string[], signal: AbortSignal, show = toStdout): Promise<Result> {
  const slow = slowTests()
  const hangs = new AbortController()
  const timer = setTimeout(() => hangs.abort(), silenceMs)
  const { status, output } = await run('ava', args, AbortSignal.any([signal, hangs.signal]), chunk => {
    timer.refresh()
    slow.read(chunk)
    show(chunk)
  }).finally(() => clearTimeout(timer))
  const counts = countsOf(status, output)
  return { ...counts, slow: slow.found, reports: counts.failed > 0 ? [reportOf(args, output)] : [] }
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
  const passed = output.match(/^\s*✔ /gm)?.length ?? 0 // ava prints the number of passed tests only if none failed
  const isEmpty = passed === 0 && count(/^\s*(\d+) tests? skipped$/m) === 0
  return { passed, failed: failed === 0 && (status !== 0 || isEmpty) ? 1 : failed }
}

/** The tests that failed, and ava's summary, which says why. */
export function reportOf(args: readonly string[], output: string): string {
  const name = args.length > 3 ? `${args.length} test files` : args.join(' ')
  const marks = output.match(/^\s*(?:✘ .*|(?:Uncaught exception|Unhandled rejection) in .*(?:\n.*){0,12})$/gm) ?? []
  const head = [name, ...marks.slice(0, 10)].join('\n').slice(0, mostReported)
  const summary = /^\s*─$[^]*/m.exec(output)?.[0] ?? output.slice(-mostReported / 2)
  return `${head}\n${summary.trimEnd().slice(0, mostReported)}`
}
