/** Runs the checks and the tests on servers of its own, and counts: see bin/test.sh. */
import { globSync } from 'node:fs'
import { root } from '@docket/addresses/addresses.ts'
import { onOwnServers, type OwnServers } from '@docket/local/own-servers.ts'
import { ava, run, type Counts } from './ava.ts'

const countLine = /^(\d+) passed, (\d+) failed$/m

async function checked(signal: AbortSignal): Promise<Counts> {
  const { status } = await run('npm', ['run', '--silent', 'check'], signal)
  return status === 0 ? { passed: 1, failed: 0 } : { passed: 0, failed: 1 }
}

/** All tests, or those in the files. */
async function tested(files: string[], signal: AbortSignal): Promise<Counts[]> {
  if (files.length > 0)
    return [await ava(files.some(file => file.includes('test/system')) ? ['--concurrency=1', ...files] : files, signal)]
  return [
    await ava(
      [
        '{packages,cli,*-service,local,k8s,tools}/**/*.test.ts',
        'test/*.test.ts',
        'test/{bench,faults,support}/**/*.test.ts',
      ],
      signal,
    ),
    ...(await systemTests(signal)),
  ]
}

/**
 * One file at a time, because they share Kafka and the databases; and half of the files on other servers meanwhile,
 * because they mostly wait.
 */
async function systemTests(signal: AbortSignal): Promise<Counts[]> {
  const files = globSync('test/system/*.test.ts', { cwd: root }).sort()
  const every = (second: number) => files.filter((_, at) => at % 2 === second)
  return Promise.all([ava(['--concurrency=1', ...every(0)], signal), onOtherServers(every(1), signal)])
}

async function onOtherServers(files: string[], signal: AbortSignal): Promise<Counts> {
  const { output } = await run(process.execPath, [import.meta.filename, ...files], signal)
  const [, passed, failed] = countLine.exec(output) ?? []
  return passed === undefined ? { passed: 0, failed: 1 } : { passed: Number(passed), failed: Number(failed) }
}

async function counted(files: string[], { signal, start }: OwnServers): Promise<Counts[]> {
  try {
    const checks = files.length > 0 ? { passed: 0, failed: 0 } : checked(signal)
    await Promise.all([checks, start()])
    return [await checks, ...(await tested(files, signal))]
  } catch (error) {
    console.error(error instanceof Error ? error.message : error)
    return [{ passed: 0, failed: 1 }]
  }
}

async function main(args: string[]): Promise<number> {
  const files = args.filter(arg => arg !== '--keep')
  const counts = await onOwnServers(own => counted(files, own), { keep: args.includes('--keep') })
  const sum = (of: keyof Counts) => counts.reduce((total, one) => total + one[of], 0)
  console.log(`\n${sum('passed')} passed, ${sum('failed')} failed`) // as countLine reads it
  return sum('failed') === 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
