/** Starts servers of its own, so that a running demo is left alone: see bin/test.sh. */
import { parseArgs } from 'node:util'
import { onOwnServers } from '@docket/local/own-servers.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { oneFailed, type Result } from './ava.ts'
import { nameOf, units, unitsOf } from './long.ts'
import { runLong } from './run-long.ts'
import { readShard } from '@docket/test/support/shard.ts'
import { runFiles, runShort } from './short.ts'
import type { SlowTest } from './slow-tests.ts'

const aborted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => aborted.abort())

async function counted(results: Result[], work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    const report = aborted.signal.aborted ? 'it was told to end' : messageOf(error)
    console.error(report)
    results.push(oneFailed(report))
  }
}

function showSlow(slow: readonly SlowTest[]): void {
  if (slow.length === 0) return
  console.log('\nThese tests took over 5 s and do not say why: call slow() of test/support/slow.ts in them, make them')
  console.log('faster, or move them to a .long.test.ts. On a machine that was busy with other work, see again first.')
  for (const { title, seconds } of slow) console.log(`  ${seconds.toFixed(1)} s  ${title}`)
}

function showFailed(reports: readonly string[]): void {
  for (const report of reports) console.log(`\nFAILED  ${report}`)
}

async function main(args: string[]): Promise<number> {
  const { values, positionals: files } = parseArgs({
    args,
    allowPositionals: true,
    options: {
      keep: { type: 'boolean', default: false },
      strict: { type: 'boolean', default: false },
      long: { type: 'boolean', default: false },
      shard: { type: 'string', default: '1/1' },
      list: { type: 'boolean', default: false },
      'and-long': { type: 'string' },
    },
  })
  for (const shard of [values.shard, values['and-long'] ?? '1/1']) readShard(shard)
  if (values.list) {
    for (const unit of unitsOf(units, readShard(values.shard)))
      console.log(`${String(unit.seconds).padStart(4)} s  ${nameOf(unit)}`)
    return 0
  }
  const began = performance.now()
  const results: Result[] = []
  if (!values.long)
    await counted(results, () =>
      onOwnServers(own => (files.length > 0 ? runFiles(files, own, results) : runShort(own, results)), {
        keep: values.keep,
      }),
    )
  const shard = values.long ? values.shard : values['and-long']
  if (shard !== undefined && !aborted.signal.aborted)
    await counted(results, () => runLong(shard, aborted.signal, results))

  const slow = results.flatMap(result => result.slow)
  showSlow(slow)
  showFailed(results.flatMap(result => result.reports))
  const tooSlow = values.strict ? slow.length : 0
  const sum = (of: 'passed' | 'failed') => results.reduce((total, one) => total + one[of], 0)
  const [passed, failed] = [sum('passed') - tooSlow, sum('failed') + tooSlow]
  console.log(`\n${((performance.now() - began) / 60_000).toFixed(1)} min`)
  console.log(`${passed} passed, ${failed} failed`)
  return failed === 0 ? 0 : 1
}

process.exitCode = await main(process.argv.slice(2))
