/** A long test must be listed here with its duration, so that shards take equally long. */
import { serviceNames } from '@docket/addresses/addresses.ts'
import type { readShard } from '@docket/test/support/shard.ts'

export type Unit = {
  seconds: number
} & (
  | {
      file: string
      /** On servers of its own: after it, databases and topics no longer agree about the orders of other tests. */
      alone?: true
    }
  | { tool: string; args: string[] }
)

const day = Math.floor(Date.now() / 86_400_000)

const times = <T>(count: number, make: (n: number) => T): T[] => Array.from({ length: count }, (_, n) => make(n))

/** The fault tools run as large a part as a day's share of 50 minutes allows. */
export const units: readonly Unit[] = [
  { file: 'test/age/purge.long.test.ts', seconds: 50 },
  { file: 'test/recipes.long.test.ts', seconds: 55 },
  { file: 'test/system/alerts.long.test.ts', seconds: 110 },
  { file: 'test/system/alone.long.test.ts', seconds: 80 },
  { file: 'test/system/board.long.test.ts', seconds: 145 },
  { file: 'test/system/doors.long.test.ts', seconds: 30 },
  { file: 'test/system/faults.long.test.ts', seconds: 75 },
  { file: 'test/system/imports.long.test.ts', seconds: 80 },
  { file: 'test/system/mgmt-rights.long.test.ts', seconds: 260 },
  { file: 'test/system/mgmt.long.test.ts', seconds: 150 },
  { file: 'test/system/outages.long.test.ts', seconds: 100 },
  { file: 'test/system/places.long.test.ts', seconds: 115 },
  { file: 'test/system/refusals.long.test.ts', seconds: 60 },
  { file: 'test/system/secured.long.test.ts', seconds: 35 },
  { file: 'test/system/shutdown.long.test.ts', seconds: 45 },
  { file: 'test/system/stuck.long.test.ts', seconds: 50 },
  { file: 'test/system/update.long.test.ts', seconds: 90, alone: true },
  { file: 'test/system/windows.long.test.ts', seconds: 45 },

  // 10 of the 160 scenarios; each day has others
  ...times(2, n => tool('points', 60, '--sample', '5', '--turn', `${2 * day + n}`)),
  // at ten orders a second, a busy machine has room for both the load and the faults
  tool('chaos', 190, '--seed', `${day}`, '--minutes', '2', '--rate', '10', '--replicas', '2'),
  tool('brokers', 115, '--seconds', '75', '--seed', `${day}`),
  ...times(3, n => tool('boot', 75, '--seconds', '20', '--shard', `${n + 1}/3`)),
  tool('race', 45, '--times', '300'),
  // 6 of the 24 parts; each day has others
  ...times(6, n => tool('mutants', 60, '--shard', `${((6 * day + n) % 24) + 1}/24`)),
  tool('fuzz', 70, '--requests', '15000', '--seed', `${day}`),
  tool('conformance', 80, '--service', serviceNames[day % serviceNames.length] ?? '', '--seed', `${day}`),
  tool('bench', 120, '--guard'),
]

function tool(name: string, seconds: number, ...args: string[]): Unit {
  return { tool: name, args, seconds }
}

export const programOf = (tool: string) => `test/${tool === 'bench' ? '' : 'faults/'}${tool}/main.ts`

const withoutPrefix = ['bench', 'conformance', 'fuzz']

export const nameOf = (unit: Unit) =>
  'file' in unit
    ? `./bin/test.sh ${unit.file}`
    : `npm run ${withoutPrefix.includes(unit.tool) ? '' : 'faults:'}${unit.tool} -- ${unit.args.join(' ')}`

export function unitsOf(all: readonly Unit[], { index, of }: ReturnType<typeof readShard>): Unit[] {
  const shards = times(of, (): { units: Unit[]; seconds: number } => ({ units: [], seconds: 0 }))
  for (const unit of all.toSorted((a, b) => b.seconds - a.seconds)) {
    const shard = shards.reduce((least, one) => (one.seconds < least.seconds ? one : least))
    shard.units.push(unit)
    shard.seconds += unit.seconds
  }
  return shards[index]?.units ?? []
}

export const secondsOf = (some: readonly Unit[]) => some.reduce((sum, { seconds }) => sum + seconds, 0)
