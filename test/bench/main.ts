/**
 * What an order costs, how fast it is, and how far that is from what the machine can do:
 *   npm run bench -- [--quick] [--only NAME] [--json FILE]                       everything, or one part of it
 *   npm run bench -- --only profile [--profiles FOLDER]                          where the time of an order goes
 *   npm run bench -- --compare REV [--pairs 5] [--seconds 15] [--json FILE]      this checkout in relation to another revision
 *   npm run bench -- --guard [--write] [--json FILE]                             the CPU of an order against the committed ratio
 *   npm run bench -- --board stream [--minutes 5] [--profile]                    a board at a thousand events a second
 *   npm run bench -- --board cost [--pairs 5] [--seconds 15]                     the services' CPU with a board open, and without
 * On servers of its own with production's durable settings. The first ends with a reconciliation: a fast wrong answer
 * is none. Exit status 1 when something broke, an order costs too much or a board exceeds its limits, 130 when it was interrupted.
 */
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { root, type Addresses } from '@docket/addresses/addresses.ts'
import { onOwnServers } from '@docket/local/own-servers.ts'
import { unlessAborted } from '@docket/foundation/abort.ts'
import { boardCost } from './board/cost.ts'
import { boardStream } from './board/stream.ts'
import { excesses, isTooDear, renderCost, renderStream } from './board/verdict.ts'
import { compareWith, render as renderComparison } from './compare/compare.ts'
import { checkGuard } from './guard/guard.ts'
import { ratiosOf } from './ratios.ts'
import { render } from './report.ts'
import { names, runSuite } from './suite.ts'

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    only: { type: 'string' },
    json: { type: 'string' },
    compare: { type: 'string' },
    pairs: { type: 'string', default: '5' },
    seconds: { type: 'string', default: '15' },
    profiles: { type: 'string', default: join(root, '.local/bench-profiles') },
    board: { type: 'string' },
    minutes: { type: 'string', default: '5' },
    profile: { type: 'boolean', default: false },
    guard: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})

function usageError(message: string): never {
  console.error(message)
  process.exit(2)
}

function wholeNumber(option: 'pairs' | 'seconds' | 'minutes'): number {
  const value = Number(values[option])
  return Number.isInteger(value) && value > 0
    ? value
    : usageError(`--${option}: ${values[option]} is not a whole number above 0`)
}

const only = names.find(name => name === values.only)
if (values.write && !values.guard) usageError('--write works only with --guard')
if (values.board !== undefined && values.board !== 'stream' && values.board !== 'cost')
  usageError(`--board: ${values.board} is not one of stream, cost`)
if (values.only !== undefined && only === undefined)
  usageError(`--only: ${values.only} is not one of ${names.join(', ')}`)

const onServers = <T>(work: (at: Addresses) => Promise<T>): Promise<T> =>
  onOwnServers(async ({ at, start, signal }) => {
    await start()
    return unlessAborted(work(at), signal)
  })

async function suite(): Promise<[unknown, string]> {
  const found = await onServers(at => runSuite(at, { quick: values.quick, only, profiles: values.profiles }))
  const ratios = ratiosOf(found)
  return [{ ...found, ratios }, render(found, ratios)]
}

async function comparison(revision: string): Promise<[unknown, string]> {
  const size = { pairs: wholeNumber('pairs'), seconds: wholeNumber('seconds'), warmUpSeconds: values.quick ? 10 : 20 }
  const found = await compareWith(revision, size, interrupted.signal)
  return [found, renderComparison(found)]
}

async function guard(): Promise<[unknown, string]> {
  const found = await onServers(() => checkGuard({ write: values.write }))
  if (found.verdict.isFailure) process.exitCode = 1
  return [found, found.verdict.line]
}

async function streamOfBoard(): Promise<[unknown, string]> {
  const profiles = values.profile ? values.profiles : undefined
  const found = await onServers(at => boardStream(at, { minutes: wholeNumber('minutes'), profiles }))
  if (excesses(found).length > 0) process.exitCode = 1
  return [found, renderStream(found)]
}

async function costOfBoard(): Promise<[unknown, string]> {
  const size = { pairs: wholeNumber('pairs'), seconds: wholeNumber('seconds'), warmUpSeconds: values.quick ? 10 : 45 }
  const found = await onServers(() => boardCost(size))
  if (isTooDear(found)) process.exitCode = 1
  return [found, renderCost(found)]
}

function chosen(): Promise<[unknown, string]> {
  if (values.guard) return guard()
  if (values.board !== undefined) return values.board === 'stream' ? streamOfBoard() : costOfBoard()
  return values.compare === undefined ? suite() : comparison(values.compare)
}

// Once the stack is stopped, work under way fails in many places, which must not end the clean-up.
const interrupted = new AbortController()
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const)
  process.on(signal, () => interrupted.abort(new Error('interrupted')))
process.on('unhandledRejection', error => {
  if (!interrupted.signal.aborted) throw error
})

try {
  const [found, text] = await chosen()
  console.log(`\n${text}`)
  if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(found, undefined, 2)}\n`)
} catch (error) {
  const isInterruption = error === interrupted.signal.reason || (error instanceof Error && error.name === 'AbortError')
  console.error(isInterruption ? 'interrupted: all that was started is stopped and deleted' : error)
  process.exitCode = interrupted.signal.aborted ? 130 : 1
}
if (process.exitCode !== undefined) process.exit()
