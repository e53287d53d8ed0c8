import { execFile } from 'node:child_process'
import { cpSync, existsSync, mkdirSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { root } from '@docket/addresses/addresses.ts'
import { cacheFolder } from '@docket/local/servers/programs.ts'

const run = promisify(execFile)

export interface Tree {
  root: string
  name: string
}

export const comparisonFolder = () => join(cacheFolder(), 'bench-compare')
const treesFolder = () => join(comparisonFolder(), 'trees')

const git = async (...args: string[]): Promise<string> => (await run('git', ['-C', root, ...args])).stdout.trim()

const ofThisCheckout = 'checkout'

/**
 * A copy of this checkout as it stands, beside the tree of the other side: so the two differ in their code only, not in
 * where they are and in what they were installed with. The caller holds the lock of the folder.
 */
export async function thisTree(): Promise<Tree> {
  const [head, changes, files] = await Promise.all([
    git('rev-parse', '--short', 'HEAD'),
    git('status', '--porcelain'),
    git('ls-files', '-z', '--cached', '--others', '--exclude-standard'),
  ])
  const folder = join(treesFolder(), ofThisCheckout)
  mkdirSync(folder, { recursive: true })
  for (const entry of readdirSync(folder))
    if (entry !== 'node_modules') rmSync(join(folder, entry), { recursive: true, force: true })
  for (const file of files.split('\0'))
    if (file !== '' && existsSync(join(root, file))) cpSync(join(root, file), join(folder, file))
  return { root: folder, name: `this checkout, ${head}${changes === '' ? '' : ' with uncommitted changes'}` }
}

export async function commitOf(revision: string): Promise<string> {
  try {
    return await git('rev-parse', '--verify', '--quiet', '--end-of-options', `${revision}^{commit}`)
  } catch (cause) {
    throw new Error(`--compare: ${revision} is not a commit of ${root}`, { cause })
  }
}

/**
 * The files of a commit, without git's own, in the cache: what its scripts install there serves the next comparison
 * with it. Those of other commits are deleted. The caller holds the lock of the folder.
 */
export async function treeOf(revision: string, commit: string): Promise<Tree> {
  const folder = join(treesFolder(), commit)
  mkdirSync(treesFolder(), { recursive: true })
  for (const entry of readdirSync(treesFolder()))
    if (entry !== commit && entry !== ofThisCheckout)
      rmSync(join(treesFolder(), entry), { recursive: true, force: true })
  if (!existsSync(folder)) {
    const fresh = `${folder}.new`
    mkdirSync(fresh)
    await git('archive', '--format=tar', `--output=${fresh}.tar`, commit)
    await run('tar', ['-xf', `${fresh}.tar`, '-C', fresh])
    rmSync(`${fresh}.tar`)
    renameSync(fresh, folder)
  }
  return { root: folder, name: `${revision}, ${commit.slice(0, 7)}` }
}
