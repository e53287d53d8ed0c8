/** The long tests are left out, so that a run takes less than ten minutes. */
import { fork, type ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { globSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'
import type { OwnServers } from '@docket/local/own-servers.ts'
import { ava, avaFile, oneFailed, resultOf, run, showFile, type FileResult, type Result } from './ava.ts'

const isStack = (file: string) => file.endsWith('.stack.test.ts')
export const isLong = (file: string) => file.endsWith('.long.test.ts')

export const testFiles = (pattern = '**/*.test.ts') =>
  globSync(pattern, { cwd: root, exclude: ['**/node_modules/**', '.local/**'] }).sort()

/**
 * First the checks and the tests that start no stack, which keep the processors busy; then those that do. A stack test
 * needs Kafka and the databases to itself but mostly waits, so two lanes run these, each on servers of its own: a lane
 * takes the next file when it has finished one.
 */
export async function runShort({ start, signal }: OwnServers, results: Result[]): Promise<void> {
  const files = testFiles().filter(file => !isLong(file))
  const waiting = files.filter(isStack)
  const isTime = Promise.withResolvers<void>()
  const second = secondLane(waiting, isTime.promise, signal, results)
  try {
    const checks = checked(signal).then(result => results.push(result))
    await Promise.all([checks, start()])
    results.push(
      await ava(
        files.filter(file => !isStack(file)),
        signal,
      ),
    )
    isTime.resolve()
    for (let file = waiting.shift(); file; file = waiting.shift()) {
      const result = await avaFile(file, signal)
      showFile(result)
      results.push(result)
    }
  } finally {
    waiting.length = 0
    isTime.resolve()
    await second
  }
}

async function checked(signal: AbortSignal): Promise<Result> {
  return resultOf('npm run check', await run('npm', ['run', '--silent', 'check'], signal))
}

async function secondLane(
  waiting: string[],
  isTime: Promise<void>,
  signal: AbortSignal,
  results: Result[],
): Promise<void> {
  const lane = fork(join(import.meta.dirname, 'second-lane.ts'), { cwd: root })
  const end = () => lane.kill('SIGTERM')
  signal.addEventListener('abort', end)
  lane.on('message', (result: FileResult | 'ready') => {
    if (result !== 'ready') {
      showFile(result)
      results.push(result)
    }
    void isTime.then(() => giveNext(lane, waiting))
  })
  const [status] = (await once(lane, 'exit')) as [number | null] // no `close` follows a disconnect
  signal.removeEventListener('abort', end)
  if (status !== 0) results.push(oneFailed(`the second lane ended with ${status}`))
}

function giveNext(lane: ChildProcess, waiting: string[]): void {
  const file = waiting.shift()
  if (file) lane.send(file)
  else lane.disconnect()
}

export async function runFiles(args: string[], { start, signal }: OwnServers, results: Result[]): Promise<void> {
  await start()
  const files = args.flatMap(filesOf)
  const options = files.some(file => isStack(file) || isLong(file)) ? ['--concurrency=1'] : []
  results.push(await ava([...options, ...files], signal))
}

/** A pattern excludes long tests, which must be named. Options are ava's. */
function filesOf(arg: string): string[] {
  const found = arg.startsWith('-') ? [] : testFiles(arg).filter(file => file === arg || !isLong(file))
  return found.length > 0 ? found : [arg]
}
