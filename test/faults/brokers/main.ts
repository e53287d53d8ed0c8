/**
 * Three brokers, orders all the time, and leaders that move: npm run faults:brokers -- [--seconds 120] [--seed N] [--keep]
 * Brokers are killed and partitions handed to other leaders while the relays send. On servers of its own. Exit status 1
 * when an event was lost, came out of order within its aggregate, or an order ended wrong.
 */
import { setTimeout as pause } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { reconcile, untilAtRest } from '@docket/reconciliation/audit.ts'
import { report } from '@docket/reconciliation/report.ts'
import { addresses, kafkaNames } from '@docket/addresses/addresses.ts'
import { onOwnServers } from '@docket/local/own-servers.ts'
import { startStack, type Stack } from '@docket/test/support/stack.ts'
import { until } from '@docket/test/support/until.ts'
import { randomFrom, type Random } from '../chaos/random.ts'
import { startLoad } from '../chaos/load.ts'
import { wrongEndings } from '../orders.ts'
import { killBroker, leadersOf, rotateReplicas } from './brokers.ts'

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '120' },
    seed: { type: 'string', default: '1' },
    keep: { type: 'boolean', default: false },
  },
})
const [seconds, seed] = [Number(values.seconds), Number(values.seed)]
const perSecond = 15
const betweenMs = [4_000, 8_000] as const
const restWithinMs = 90_000

async function disturb(
  random: Random,
  untilMs: number,
  signal: AbortSignal,
): Promise<{ kills: number; moves: number; leaderChanges: number }> {
  const at = addresses()
  const seen = { kills: 0, moves: 0, leaderChanges: 0 }
  let leaders = await leadersOf(at)
  while (Date.now() < untilMs && !signal.aborted) {
    if (random.next() < 0.4) {
      const name = random.of(kafkaNames)
      console.log(`kill ${name}`)
      await killBroker(at, name)
      seen.kills++
    } else {
      const moved = await rotateReplicas(at, random)
      console.log(`${moved} partitions get other leaders`)
      seen.moves += moved
    }
    await pause(random.between(...betweenMs))
    const now = await leadersOf(at)
    seen.leaderChanges += [...now].filter(([partition, leader]) => leaders.get(partition) !== leader).length
    leaders = now
  }
  return seen
}

async function run(stack: Stack, signal: AbortSignal): Promise<number> {
  const load = await startLoad(stack, seed, perSecond)
  await until('orders come in', async () => load.acknowledged().length > 0)
  const { kills, moves, leaderChanges } = await disturb(randomFrom(seed), Date.now() + seconds * 1_000, signal)
  await load.stop()
  const underWay = await untilAtRest(stack.sources, restWithinMs)
  const acknowledged = load.acknowledged()
  const wrong = [...underWay, ...(await wrongEndings(stack.sources.orders, acknowledged)), ...load.violations()]
  const reconciliation = await reconcile(stack.sources, { patienceSeconds: 0 })
  console.log(
    `\nseed ${seed}: ${kills} brokers killed, ${moves} partitions moved, ${leaderChanges} changes of leaders seen; ${acknowledged.length} orders acknowledged, ${load.retries()} requests repeated\n`,
  )
  console.log(report(reconciliation))
  for (const sentence of wrong) console.log(sentence)
  const isShown = kills > 0 && leaderChanges > 0 && acknowledged.length >= 100
  if (!isShown) console.log('too little happened for this to show anything')
  return reconciliation.findings.length === 0 && wrong.length === 0 && isShown ? 0 : 1
}

process.env.KAFKA_NODES = '3'
process.exitCode = await onOwnServers(
  async ({ start, signal }) => {
    await start()
    const stack = await startStack({}, { supervised: true })
    try {
      return await run(stack, signal)
    } finally {
      await stack.stop()
    }
  },
  { keep: values.keep },
)
