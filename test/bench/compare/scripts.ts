import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'
import { comparisonFolder, type Tree } from './tree.ts'

/** One stack at a time runs here, of either side: the same folder and the same ports for both. */
export const dataFolder = () => join(comparisonFolder(), 'data')
const downScript = 'bin/down-local.sh'
const startedBy = () => join(comparisonFolder(), 'started-by')

export async function up(tree: Tree, offset: number, signal: AbortSignal): Promise<void> {
  writeFileSync(startedBy(), `${tree.root}\n${offset}\n`)
  await script(tree.root, ['bin/up-local.sh'], offset, signal)
}

export async function down(): Promise<void> {
  if (!existsSync(startedBy())) return
  const [by = root, offset = '0'] = readFileSync(startedBy(), 'utf8').split('\n')
  const tree = existsSync(join(by, downScript)) ? by : root
  await script(tree, [downScript, '--purge'], Number(offset))
  rmSync(dataFolder(), { recursive: true, force: true })
  rmSync(startedBy())
}

/**
 * Throws with the end of what it printed. In a process group of its own: ctrl-C ends it through the signal, or not at
 * all.
 */
async function script(
  cwd: string,
  [file = '', ...args]: string[],
  offset: number,
  signal?: AbortSignal,
): Promise<void> {
  signal?.throwIfAborted()
  const child = spawn(join(cwd, file), args, {
    cwd,
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...cleanEnvironment(), PORT_OFFSET: String(offset), LOCAL_DIR: dataFolder() },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output = (output + chunk.toString()).slice(-4_000)
    })
  const stop = () => {
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGTERM')
  }
  signal?.addEventListener('abort', stop)
  const [status] = (await once(child, 'exit')) as [number | null]
  signal?.removeEventListener('abort', stop)
  child.stdout.destroy()
  child.stderr.destroy()
  signal?.throwIfAborted()
  if (status !== 0) throw new Error(`${join(cwd, file)} ${args.join(' ')} ended with ${status}:\n${output.trimEnd()}`)
}

function cleanEnvironment(): NodeJS.ProcessEnv {
  const ownPrograms = join(root, 'node_modules/.bin')
  const path = (process.env.PATH ?? '')
    .split(':')
    .filter(folder => folder !== ownPrograms)
    .join(':')
  return {
    ...Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^npm_|^NODE_COMPILE_CACHE$|^INIT_CWD$/i.test(name)),
    ),
    PATH: path,
  }
}
