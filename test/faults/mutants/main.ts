/**
 * Plants bugs, one at a time, in a copy of the checkout, and sees that a test notices each: npm run faults:mutants --
 * [--list] [--shard 1/6] [NAME...]
 */
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { onOwnServers, type OwnServers } from '@docket/local/own-servers.ts'
import { readShard, sliceOf } from '@docket/test/support/shard.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { catalogue } from './catalogue.ts'
import { copyCheckout } from '@docket/test/support/checkout-copy.ts'
import { invariants, planted, type Mutant } from './mutant.ts'
import { isBroken, trial, type Trial } from './trial.ts'

interface Verdict {
  mutant: Mutant
  noticedBy: string | undefined
  trouble?: string
  seconds: number
}

function misfit(copy: string, mutant: Mutant, titles: ReadonlySet<string>): string | undefined {
  if (mutant.match !== undefined && !titles.has(mutant.match)) return `${mutant.test} has no test "${mutant.match}"`
  try {
    planted(readFileSync(join(copy, mutant.file), 'utf8'), mutant)
    return undefined
  } catch (error) {
    return messageOf(error)
  }
}

async function tried(copy: string, mutant: Mutant, signal: AbortSignal): Promise<Verdict> {
  const path = join(copy, mutant.file)
  const source = readFileSync(path, 'utf8')
  writeFileSync(path, planted(source, mutant))
  try {
    return {
      mutant,
      ...judged(
        mutant,
        await trial(copy, { files: [mutant.test], match: mutant.match, limitSeconds: 90, silenceSeconds: 30 }, signal),
      ),
    }
  } finally {
    writeFileSync(path, source)
  }
}

function judged({ match }: Mutant, { failed, hung, crashed, output, seconds }: Trial): Omit<Verdict, 'mutant'> {
  if (isBroken(output)) return { noticedBy: undefined, trouble: `the patch is no good:\n${output}`, seconds }
  // what went wrong stands behind it
  const [title] = failed.map(one => (match !== undefined && one.startsWith(match) ? match : one))
  const noticedBy =
    title ?? (hung[0] === undefined ? undefined : `(hangs) ${hung[0]}`) ?? (crashed ? '(the process ends)' : undefined)
  return { noticedBy, ...(noticedBy === undefined && { trouble: output }), seconds }
}

async function unpatched(copy: string, mutants: readonly Mutant[], signal: AbortSignal): Promise<Set<string>> {
  const files = [...new Set(mutants.map(mutant => mutant.test))].sort()
  const [stacks, others] = [true, false].map(has => files.filter(file => file.endsWith('.stack.test.ts') === has))
  const titles = new Set<string>()
  for (const some of [others ?? [], ...(stacks ?? []).map(file => [file])])
    if (some.length > 0) for (const title of await passing(copy, some, signal)) titles.add(title)
  return titles
}

async function passing(copy: string, files: readonly string[], signal: AbortSignal): Promise<string[]> {
  const { passed, failed, hung, crashed, output, seconds } = await trial(
    copy,
    { files, limitSeconds: 900, silenceSeconds: 90 },
    signal,
  )
  if (failed.length + hung.length > 0 || crashed)
    throw new Error(`the tests fail without a bug:\n${output.replaceAll(/^ *✔ .*\n/gm, '')}`)
  console.log(`without a bug: ${passed.length} tests of ${files.length} files passed, ${seconds.toFixed(1)} s`)
  return passed
}

const width = (of: (mutant: Mutant) => string) => Math.max(...catalogue.map(mutant => of(mutant).length))
function line({ mutant, noticedBy, seconds }: Verdict): string {
  const name = mutant.name.padEnd(width(one => one.name))
  return `${noticedBy === undefined ? '✘' : '✔'} ${name}  ${mutant.breaks.padEnd(3)}  ${seconds.toFixed(1).padStart(5)} s  ${noticedBy ?? 'SURVIVED'}`
}

async function tryAll(mutants: readonly Mutant[], { at, signal, start }: OwnServers): Promise<number> {
  await start() // first: it marks the folder as one that may be deleted
  process.env.LOCAL_DIR = at.dir // the copy has another root
  const copy = join(at.dir, 'copy')
  copyCheckout(copy)
  const titles = await unpatched(copy, mutants, signal)
  const verdicts: Verdict[] = []
  for (const mutant of mutants) {
    const trouble = misfit(copy, mutant, titles)
    const verdict =
      trouble === undefined ? await tried(copy, mutant, signal) : { mutant, noticedBy: undefined, trouble, seconds: 0 }
    verdicts.push(verdict)
    console.log(line(verdict))
  }
  return report(verdicts)
}

function report(verdicts: readonly Verdict[]): number {
  const survivors = verdicts.filter(({ noticedBy }) => noticedBy === undefined)
  for (const { mutant, trouble } of survivors)
    console.error(`\n${mutant.name} was not noticed: ${mutant.why}\n${trouble}`)
  const names = survivors.map(({ mutant }) => mutant.name)
  console.log(
    `\n${verdicts.length - names.length} of ${verdicts.length} planted bugs were noticed${names.length > 0 ? `; survived: ${names.join(', ')}` : ''}`,
  )
  return names.length === 0 ? 0 : 1
}

function list(mutants: readonly Mutant[]): number {
  for (const { name, breaks, why, file, test } of mutants) {
    console.log(`${name}\n  ${breaks}: ${invariants[breaks]}\n  ${why}\n  ${file}, noticed by ${test}`)
  }
  return 0
}

async function main(args: string[]): Promise<number> {
  const { values, positionals: names } = parseArgs({
    args,
    allowPositionals: true,
    options: { list: { type: 'boolean', default: false }, shard: { type: 'string', default: '1/1' } },
  })
  const unknown = names.find(name => !catalogue.some(mutant => mutant.name === name))
  if (unknown !== undefined) throw new Error(`${unknown} is not a planted bug; --list shows them all`)
  // those of one test file together: it runs once without a bug in each shard that has one of them
  const byTest = catalogue.toSorted((a, b) => a.test.localeCompare(b.test))
  const mutants = sliceOf(
    byTest.filter(({ name }) => names.length === 0 || names.includes(name)),
    readShard(values.shard),
  )
  return values.list ? list(mutants) : onOwnServers(own => tryAll(mutants, own))
}

try {
  process.exitCode = await main(process.argv.slice(2))
} catch (error) {
  console.error(messageOf(error))
  process.exitCode = 1
}
