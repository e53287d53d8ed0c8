import { fork } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { underLock } from '@docket/local/lock.ts'
import { freeOffset } from '@docket/local/own-servers.ts'
import { unlessAborted } from '@docket/foundation/abort.ts'
import { interleaved, type Pair } from '../pairs.ts'
import { say } from '../say.ts'
import { compared, renderComparison, type Compared, type Measured } from './comparison.ts'
import { down, up } from './scripts.ts'
import { commitOf, comparisonFolder, thisTree, treeOf, type Tree } from './tree.ts'

export interface ComparisonSize {
  pairs: number
  seconds: number
  warmUpSeconds: number
}

export interface Comparison {
  at: string
  sides: Pair<string>
  lines: Compared[]
  pairs: Pair<Measured>[]
}

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
          lines: compared(pairs),
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
    return await unlessAborted(work(), signal)
  } finally {
    await down()
  }
}

/**
 * In a process of its own: one that has measured before has compiled more, so its load costs less, and the side that is
 * measured next would have more of the machine.
 */
async function measureStack(
  offset: number,
  { seconds, warmUpSeconds }: ComparisonSize,
  signal: AbortSignal,
): Promise<Measured> {
  const program = join(import.meta.dirname, 'measure-stack.ts')
  const sizes = [offset, seconds, warmUpSeconds].map(String)
  const child = fork(program, sizes, {
    signal,
    serialization: 'advanced',
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  let measured: Measured | undefined
  child.on('message', message => (measured = message as Measured)) // the shape is what that program sends
  const [status] = (await once(child, 'exit')) as [number | null]
  if (measured === undefined || status !== 0) throw new Error(`${program} ended with ${status}`)
  return measured
}
