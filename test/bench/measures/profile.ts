import type { ChildProcess } from 'node:child_process'
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { root, serviceNames, type ServiceName } from '@docket/addresses/addresses.ts'
import { pidOf } from '@docket/local/processes.ts'
import { withCost } from '../cost.ts'
import { closedLoop, openLoop, untilAllEnded } from '../load.ts'
import type { Metered } from '../others.ts'
import { difference, dividedBy } from '../profile/counts.ts'
import { sharesOf, type CpuProfile } from '../profile/cpu-profile.ts'
import { readDatabases } from '../profile/database-reading.ts'
import { readProcess } from '../profile/process-reading.ts'
import { selfMsOf, type Profile, type Reading } from '../profile/profile.ts'
import { profileTables } from '../profile/tables.ts'
import { startProfile, trafficOf, writeProfile } from '../profile/profiled-process.ts'
import { say } from '../say.ts'
import { inShop, type OpenShop } from '../shop.ts'
import { underWay, warmUp } from './saturation.ts'

interface Size {
  profiledSeconds: number
  fewest: number
  warmUpToProfileSeconds: number
}

interface Load {
  title: string
  seconds: number
  run(shop: OpenShop, seconds: number): Promise<void>
}

const settleSeconds = 5
const preload = fileURLToPath(new URL('../profile/preload.ts', import.meta.url))

/**
 * At each of these rates, and at saturation, on one stack. The profiles are written into the folder, and what they
 * say as JSON and as Markdown.
 */
export async function profiled(
  rates: readonly number[],
  { profiledSeconds, fewest, warmUpToProfileSeconds }: Size,
  folder: string,
): Promise<Metered<Profile>[]> {
  mkdirSync(folder, { recursive: true })
  const loads = [
    ...rates.map(rate => atRate(rate, Math.max(profiledSeconds, fewest / rate))),
    atSaturation(profiledSeconds),
  ]
  const measure = async (shop: OpenShop) => {
    say(`warming up for ${warmUpToProfileSeconds} s`)
    await warmUp(shop, warmUpToProfileSeconds)
    const found: Metered<Profile>[] = []
    for (const load of loads) {
      say(`profiling ${load.title}`)
      found.push(await profileOf(shop, load, folder))
    }
    return found
  }
  const found = await inShop({}, measure, { preload })
  writeFileSync(join(folder, 'profiles.json'), `${JSON.stringify(found, undefined, 2)}\n`)
  writeFileSync(join(folder, 'profiles.md'), `${profileTables(found)}\n`)
  say(`the profiles, and what they say, are in ${folder}`)
  return found
}

const atRate = (perSecond: number, seconds: number): Load => ({
  title: `${perSecond} a second`,
  seconds,
  async run(shop, seconds) {
    const { placed } = await openLoop(shop, perSecond, seconds)
    await untilAllEnded(placed, shop.endings)
  },
})

const atSaturation = (seconds: number): Load => ({
  title: 'saturation',
  seconds,
  async run(shop, seconds) {
    const { placed } = await closedLoop(shop, shop.endings, underWay, seconds)
    await untilAllEnded(placed, shop.endings)
  },
})

/** What it costs to start a profile and to write it is in no figure; what the samples cost is. */
async function profileOf(shop: OpenShop, load: Load, folder: string): Promise<Metered<Profile>> {
  const fileOf = (name: ServiceName) => join(folder, `${name}, ${load.title}.cpuprofile`)
  await load.run(shop, settleSeconds)
  await ofServices(shop, startProfile)
  const [before, endedBefore] = [await read(shop), shop.endings.at.size]
  const { result: _nothing, ...cost } = await withCost(shop, () => load.run(shop, load.seconds))
  const [after, orders] = [await read(shop), shop.endings.at.size - endedBefore]
  await ofServices(shop, (child, name) => writeProfile(child, fileOf(name)))

  const reading = dividedBy(difference(before, after), orders)
  const selfMs = serviceNames.flatMap(name => {
    const process = reading.processes[name]
    const profile = JSON.parse(readFileSync(fileOf(name), 'utf8')) as CpuProfile
    return process ? [[name, selfMsOf(sharesOf(profile, root), process)]] : []
  })
  return { load: load.title, orders, ...cost, ...reading, selfMs: Object.fromEntries(selfMs) }
}

async function ofServices<T>(
  { stack: { processes } }: OpenShop,
  work: (child: ChildProcess, name: ServiceName) => Promise<T>,
): Promise<Record<string, T>> {
  const all = serviceNames.map(async name => {
    const child = processes.of(name)
    if (!child) throw new Error(`${name} is not running`)
    return [name, await work(child, name)] as const
  })
  return Object.fromEntries(await Promise.all(all))
}

async function read(shop: OpenShop): Promise<Reading> {
  const pids = [...serviceNames, 'kafka'].flatMap(name => {
    const pid = pidOf(shop.stack.at.dir, name)
    return pid === undefined ? [] : [[name, pid] as const]
  })
  return {
    traffic: await ofServices(shop, trafficOf),
    databases: await readDatabases(),
    processes: Object.fromEntries(pids.map(([name, pid]) => [name, readProcess(pid)])),
  }
}
