/**
 * Records docs/recording.svg, which README shows: `npm run recording`, on a running local stack with the operator
 * logged in, as after `./bin/demo.sh`. The commands run in a pipe, and each line keeps its time of arrival.
 */
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { root } from '@docket/addresses/addresses.ts'
import { recordingSvg, type Scene } from './recording/svg.ts'

const commands = [
  './bin/mgmt orders create --line mug=2 --wait --fields status -o jsonl',
  './bin/mgmt orders create --line plate=3 --payment-token tok_declined --wait --fields status,reason -o jsonl',
]

const env = { ...process.env, COLUMNS: '100', FORCE_COLOR: '1', NO_COLOR: '', TZ: 'UTC' }

/** Exit status 3, an order that was not fulfilled, is expected here. */
async function recorded(command: string): Promise<Scene> {
  const startedMs = performance.now()
  const child = spawn('sh', ['-c', `exec ${command} 2>&1`], { cwd: root, env, stdio: ['ignore', 'pipe', 'inherit'] })
  const lines: { text: string; atMs: number }[] = []
  createInterface(child.stdout).on('line', text => lines.push({ text, atMs: performance.now() - startedMs }))
  const [status] = (await once(child, 'close')) as [number | null]
  if (status !== 0 && status !== 3)
    throw new Error(`${command} ended with status ${status}:\n${lines.map(({ text }) => text).join('\n')}`)
  return { command, lines }
}

await recorded('./bin/mgmt whoami') // bundles mgmt beforehand, and fails if nobody is logged in
const scenes: Scene[] = []
for (const command of commands) scenes.push(await recorded(command))

const file = 'docs/recording.svg'
writeFileSync(
  join(root, file),
  recordingSvg(scenes, {
    title: 'mgmt, the command line of Docket, in a terminal',
    text: 'An order is created, and completed in seven steps. Another is cancelled, as its card is declined.',
  }),
)
console.log(`wrote ${file}`)
