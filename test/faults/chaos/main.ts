/**
 * The whole stack under load, with faults on a schedule that the seed makes: npm run faults:chaos -- --seed N --minutes
 * M [--replicas N] On servers of its own. Exit status 1 when something did not hold. The report is printed, and kept in
 * .local/reports/, with the logs of all processes unless everything held.
 */
import { cpSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { addresses, root, serviceNames } from '@docket/addresses/addresses.ts'
import { onOwnServers } from '@docket/local/own-servers.ts'
import { until } from '@docket/test/support/until.ts'
import { messageOf } from '@docket/foundation/errors.ts'
import { pauseUnlessAborted } from '@docket/foundation/abort.ts'
import { inject, type Poisoned } from './inject.ts'
import { startLoad, type Load } from './load.ts'
import { countsBy, holdings, type Happened } from './measure.ts'
import { textOf, type Report } from './report.ts'
import { inWords, scheduleOf, type Step } from './schedule.ts'
import { judge } from './verdict.ts'
import { startWorld, type World } from './world.ts'

const { values } = parseArgs({
  options: {
    seed: { type: 'string', default: '1' },
    minutes: { type: 'string', default: '10' },
    rate: { type: 'string', default: '20' },
    replicas: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
})
const [seed, minutes, perSecond] = [Number(values.seed), Number(values.minutes), Number(values.rate)]
const replicas = Number(values.replicas)
const warmUpMs = 15_000 // without faults, to record the normal rate and what the services hold
const readyWithinMs = 90_000

const began = Date.now()
const clock = () =>
  `${String(Math.floor((Date.now() - began) / 60_000)).padStart(2, '0')}:${String(Math.floor((Date.now() - began) / 1_000) % 60).padStart(2, '0')}`
const print = (line: string) => console.log(`${clock()}  ${line}`)

async function play(
  world: World,
  steps: readonly Step[],
  poisoned: Poisoned,
  signal: AbortSignal,
  load: Load,
): Promise<Happened[]> {
  const from = Date.now()
  const happened: Happened[] = []
  const running: Promise<void>[] = []
  for (const step of steps) {
    // aborted: the loop ends
    await pauseUnlessAborted(Math.max(0, from + step.atMs - Date.now()), signal)
    if (signal.aborted) break
    const fromMs = Date.now()
    print(`${inWords(step)}  (${load.acknowledged().length} orders so far)`)
    running.push(
      inject(world, step, { poisoned, load }).then(
        () => void happened.push({ fault: inWords(step), kind: step.fault.kind, fromMs, healedMs: Date.now() }),
        (error: unknown) => {
          throw new Error(`${inWords(step)}: ${messageOf(error)}`, { cause: error })
        },
      ),
    )
    running.at(-1)?.catch(() => undefined) // reported below
  }
  await Promise.all(running)
  return happened
}

async function run(signal: AbortSignal): Promise<Report> {
  const world = await startWorld(print, replicas)
  try {
    const load = await startLoad(world.stack, seed, perSecond, { withPeople: true })
    await until('orders come in', async () => load.acknowledged().length > 0)
    const [countedFrom, atCount] = [Date.now(), load.acknowledged().length]
    await pause(warmUpMs, undefined, { signal })
    const usual = (load.acknowledged().length - atCount) / ((Date.now() - countedFrom) / 1_000)
    const before = await holdings(world)
    print(`${usual.toFixed(1)} orders a second without faults`)

    const [faultsFrom, atFaults] = [Date.now(), load.acknowledged().length]
    const poisoned: Poisoned = { ids: [] }
    const faults = await play(world, scheduleOf(seed, minutes), poisoned, signal, load)
    const underFaults = (load.acknowledged().length - atFaults) / ((Date.now() - faultsFrom) / 1_000)
    print('the last fault has healed; the load ends')
    await load.stop()
    await Promise.all(
      world.replicas.flatMap(processes => serviceNames.map(name => processes.untilReady(name, readyWithinMs))),
    )
    print('every service is ready; people finish what waits for them')
    await load.finish()
    print('waiting until the stack is idle, then reconciling it')
    const { verdicts, measured, after } = await judge({
      world,
      load,
      faults,
      poisoned: poisoned.ids,
      before,
      rate: { usual, underFaults },
    })
    return {
      seed,
      minutes,
      replicas,
      startedAt: new Date(began).toISOString(),
      faults: { total: faults.length, byKind: countsBy(faults, ({ kind }) => kind), list: faults },
      poisoned: poisoned.ids.length,
      retries: load.retries(),
      signUps: load.signUps(),
      done: Object.fromEntries(load.done()),
      measured,
      before,
      after,
      verdicts,
      held: verdicts.every(({ wrong }) => wrong.length === 0),
    }
  } finally {
    await world.stop()
  }
}

const folder = join(root, '.local', 'reports')
const file = join(folder, `chaos-seed-${seed}${replicas > 1 ? `-replicas-${replicas}` : ''}`)

function keepLogs(): void {
  cpSync(join(addresses().dir, 'logs'), `${file}-logs`, { recursive: true })
  console.log(`the logs are in ${file}-logs`)
}

function keep(report: Report): string {
  mkdirSync(folder, { recursive: true })
  writeFileSync(`${file}.json`, `${JSON.stringify(report, undefined, 2)}\n`)
  writeFileSync(`${file}.txt`, `${textOf(report)}\n`)
  return `${file}.txt`
}

console.log(`seed ${seed}, ${minutes} minutes, ${replicas} of each service, at most ${perSecond} orders a second`)
process.env.KAFKA_BEHIND_PROXY = 'yes'
process.exitCode = await onOwnServers(
  async ({ start, signal }) => {
    await start()
    let held = false
    try {
      const report = await run(signal)
      console.log(`\n${textOf(report)}\nkept in ${keep(report)}`)
      held = report.held
    } finally {
      if (!held) keepLogs()
    }
    return held ? 0 : 1
  },
  { keep: values.keep },
)
