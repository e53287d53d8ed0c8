import { join } from 'node:path'
import { underLock } from '@docket/local/lock.ts'
import { freeOffset } from '@docket/local/own-servers.ts'
import { aborted } from '../aborted.ts'
import { latencyAt } from '../measures/latency.ts'
import { measuredCapacity, warmUp } from '../measures/saturation.ts'
import { interleaved, type Pair } from '../pairs.ts'
import { say } from '../say.ts'
import { compared, renderComparison, type Compared, type Measured } from './comparison.ts'
import { openRemoteShop } from './remote-shop.ts'
import { down, up } from './scripts.ts'
import { commitOf, comparisonFolder, thisTree, treeOf, type Tree } from './tree.ts'

export interface ComparisonSize {
  pairs: number
  /** Of each measurement. */
  seconds: number
  warmUpSeconds: number
}

export interface Comparison {
  at: string
  sides: Pair<string>
  lines: Compared[]
  pairs: Pair<Measured>[]
}

const ordersPerSecond = 50

/**
 * Compares a revision (A) with this checkout (B). Each measurement starts a stack by that side's own scripts, in the
 * same folder and at the same ports, and drives it by REST from this client: so it works however the code of the two is
 * laid out.
 */
export async function compareWith(revision: string, size: ComparisonSize, signal: AbortSignal): Promise<Comparison> {
  const commit = await commitOf(revision)
  return underLock(
    join(comparisonFolder(), '.lock'),
    async () => {
      await down() // what an interrupted comparison has left
      try {
        const [a, b] = [await treeOf(revision, commit), await thisTree()]
        const offset = await freeOffset()
        for (const tree of [a, b]) await prepare(tree, offset, signal)
        const measure = (side: string, tree: Tree) => async () => {
          say(`${side}: ${tree.name}`)
          return withStack(tree, offset, signal, () => measureStack(offset, size, signal))
        }
        const pairs = await interleaved(size.pairs, measure('A', a), measure('B', b))
        return {
          at: new Date().toISOString(),
          sides: { a: a.name, b: b.name },
          lines: compared(pairs, ordersPerSecond),
          pairs,
        }
      } finally {
        await down()
      }
    },
    () => say('waiting for another comparison on this machine'),
  )
}

export const render = ({ sides, lines, pairs }: Comparison): string => renderComparison(sides, pairs.length, lines)

/**
 * The first start installs what the tree needs and fills the caches, so that neither side is measured while it does so.
 */
async function prepare(tree: Tree, offset: number, signal: AbortSignal): Promise<void> {
  say(`preparing ${tree.name}`)
  await withStack(tree, offset, signal, async () => undefined)
}

async function withStack<T>(tree: Tree, offset: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
  try {
    await up(tree, offset, signal)
    return await Promise.race([work(), aborted(signal)])
  } finally {
    await down()
  }
}

async function measureStack(
  offset: number,
  { seconds, warmUpSeconds }: ComparisonSize,
  signal: AbortSignal,
): Promise<Measured> {
  const shop = await openRemoteShop(offset)
  try {
    await warmUp(shop, warmUpSeconds)
    signal.throwIfAborted()
    const saturation = await measuredCapacity(shop, 1, seconds)
    signal.throwIfAborted()
    const steady = await latencyAt(shop, ordersPerSecond, { repeats: 1, seconds, fewest: 1 })
    shop.expectSameProcesses()
    return { saturation, steady }
  } finally {
    await shop.close()
  }
}
