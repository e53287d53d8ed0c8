import { onOwnServers } from '@docket/local/own-servers.ts'
import { ava, resultOf, run, type Result } from './ava.ts'
import { endLeftovers } from './leftovers.ts'
import { nameOf, programOf, secondsOf, units, unitsOf, type Unit } from './long.ts'
import { readShard } from '@docket/test/support/shard.ts'

const patience = 5 // a unit that takes this many times its usual duration is ended and fails

export async function runLong(shard: string, signal: AbortSignal, results: Result[]): Promise<void> {
  const chosen = unitsOf(units, readShard(shard))
  console.log(`\n${chosen.length} of ${units.length} long tests, about ${minutes(secondsOf(chosen))}:`)
  for (const unit of chosen) console.log(`  ${String(unit.seconds).padStart(4)} s  ${nameOf(unit)}`)
  const files = chosen.flatMap(unit => ('file' in unit ? [unit] : []))
  await runFiles(
    files.filter(unit => !unit.alone),
    signal,
    results,
  )
  for (const unit of files) if (unit.alone) await runFiles([unit], signal, results)
  for (const unit of chosen)
    if ('tool' in unit) results.push(await timed(unit, limited => runTool(unit, limited), signal))
}

async function runFiles(units: readonly (Unit & { file: string })[], signal: AbortSignal, results: Result[]) {
  if (units.length === 0) return
  await onOwnServers(async ({ at, start }) => {
    await start()
    for (const unit of units) {
      results.push(await timed(unit, limited => runFile(unit, limited), signal))
      await endLeftovers(at.dir)
    }
  })
}

/** A long test need not say why it is slow, because its name does. */
const runFile = async ({ file }: { file: string }, signal: AbortSignal): Promise<Result> => ({
  ...(await ava([file], signal)),
  slow: [],
})

async function runTool({ tool, args }: { tool: string; args: string[] }, signal: AbortSignal): Promise<Result> {
  return resultOf(`${tool} ${args.join(' ')}`, await run(process.execPath, [programOf(tool), ...args], signal))
}

async function timed(unit: Unit, work: (signal: AbortSignal) => Promise<Result>, signal: AbortSignal): Promise<Result> {
  signal.throwIfAborted()
  console.log(`\n${nameOf(unit)}`)
  const began = performance.now()
  const limit = AbortSignal.timeout(patience * unit.seconds * 1_000)
  const result = await work(AbortSignal.any([signal, limit]))
  const seconds = ((performance.now() - began) / 1_000).toFixed(0)
  const ended = limit.aborted ? '; it was ended' : ''
  console.log(`${result.failed === 0 ? 'ok    ' : 'FAILED'}  ${nameOf(unit)}  ${seconds} s of ${unit.seconds}${ended}`)
  return limit.aborted ? { ...result, reports: [`${nameOf(unit)} was ended`, ...result.reports] } : result
}

const minutes = (seconds: number) => `${Math.ceil(seconds / 60)} min`
