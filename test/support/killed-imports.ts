import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import type { ExecutionContext } from 'ava'
import { main } from './mgmt-process.ts'

/** What may happen to an import: it is killed, nobody reads it any more, or the disk that its results are on is full. */
const harms = ['SIGKILL', 'SIGKILL', 'SIGKILL', 'SIGINT', 'SIGTERM', 'SIGHUP', 'stdout', 'stderr', 'disk'] as const
type Harm = (typeof harms)[number]

interface Setting {
  home: string
  env: Record<string, string>
}

export interface Killing {
  seed: number
  times: number
  rows: number
  sku: string
  stored(): Promise<number[]>
}

export async function expectOnceHoweverKilled(t: ExecutionContext, setting: Setting, killing: Killing): Promise<void> {
  const { seed, rows, sku, stored } = killing
  const random = randomFrom(seed)
  const expected: number[] = []
  // the first file shows how long an import takes that is let alone: harm comes within that time
  for (let [file, times, withinMs] = [0, 0, 0]; times < killing.times; file++) {
    const path = join(setting.home, `orders-${file}.csv`)
    const quantities = Array.from({ length: rows }, (_, row) => file * rows + Math.floor(row / 2) + 1) // each twice
    writeFileSync(path, `sku,quantity\n${quantities.map(one => `${sku},${one}`).join('\n')}\n`)
    expected.push(...quantities)
    for (let isIn = false; !isIn;) {
      const began = performance.now()
      const harm = file > 0 && times < killing.times ? harms[Math.floor(random() * harms.length)] : undefined
      const moment = Math.floor(random() * withinMs)
      const run = await harmed(setting, path, harm, moment)
      if (run.wasHarmed) times++
      isIn = run.status === 0
      if (file === 0) withinMs = performance.now() - began
      const what = `seed ${seed}, file ${file}, ${harm} after ${moment} ms: ${run.status} ${run.stderr}`
      if (harm === undefined || harm === 'stdout' || harm === 'stderr') t.is(run.status, 0, what)
      else t.true([0, 1, 129, 130, 143, null].includes(run.status), what)
      if (run.status === 1) t.regex(run.stderr, /results cannot be written/, what)
    }
    const orders = (await stored()).toSorted((a, b) => a - b)
    t.deepEqual(orders, expected, `seed ${seed}, file ${file}: one order for each row`)
    t.is(doneIn(`${path}.results.jsonl`).size, rows, `seed ${seed}, file ${file}: a result for each row`)
    rmSync(path)
  }
}

function doneIn(results: string): Set<number> {
  const lines = readFileSync(results, 'utf8').split('\n')
  const read = (line: string) => {
    try {
      return JSON.parse(line) as { row: number; state: string }
    } catch {
      return undefined
    }
  }
  return new Set(lines.flatMap(line => (read(line)?.state === 'done' ? [read(line)?.row ?? 0] : [])))
}

async function harmed({ env }: Setting, path: string, harm: Harm | undefined, moment: number) {
  const limit = harm === 'disk' ? `ulimit -f ${1 + (moment % 8)}; ` : '' // KiB that a file may have
  const command = ['orders', 'import', path, '--concurrency', '4', '-o', 'jsonl']
  const child = spawn('bash', ['-c', `${limit}exec "$@"`, 'bash', process.execPath, main, ...command], {
    env: { PATH: process.env.PATH, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let stderr = ''
  child.stderr.on('data', chunk => {
    stderr += chunk
  })
  child.stdout.resume()
  const ended = once(child, 'exit') as Promise<[number | null]>
  let wasHarmed = harm === 'disk'
  if (harm !== undefined && harm !== 'disk') {
    await Promise.race([pause(moment), ended])
    wasHarmed = child.exitCode === null
    if (harm === 'stdout' || harm === 'stderr') child[harm].destroy()
    else child.kill(harm)
  }
  const [status] = await ended
  return { status, stderr, wasHarmed }
}

/** Mulberry32: the same numbers from 0 to 1 for the same seed. */
function randomFrom(seed: number): () => number {
  let state = seed
  return () => {
    state = (state + 0x6d_2b_79_f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4_294_967_296
  }
}
