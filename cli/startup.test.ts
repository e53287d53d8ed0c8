import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { main } from './testing.ts'

const rounds = 20
const most = 3.5 // times a bare node; each pair is taken in turn, so that a busy machine slows both

test('help and version start within 3.5 times a bare node', t => {
  t.timeout(120_000)
  const cache = mkdtempSync(join(tmpdir(), 'mgmt-cache-'))
  t.teardown(() => rmSync(cache, { recursive: true }))
  const took = (args: string[]) => {
    const began = performance.now()
    spawnSync(process.execPath, args, { env: { PATH: process.env.PATH, NODE_COMPILE_CACHE: cache } })
    return performance.now() - began
  }
  const median = (times: number[]) => times.toSorted((a, b) => a - b)[times.length >> 1] ?? 0
  const forms = { node: ['-e', '0'], help: [main, '--help'], version: [main, '--version'] }
  const times = Object.fromEntries(Object.keys(forms).map(name => [name, [] as number[]]))
  for (let round = 0; round <= rounds; round++) {
    for (const [name, args] of Object.entries(forms)) {
      const ms = took(args)
      if (round > 0) times[name]?.push(ms) // the first fills the cache
    }
  }
  const bare = median(times.node ?? [])
  for (const name of ['help', 'version']) t.true(median(times[name] ?? []) <= most * bare, `${name}: ${(median(times[name] ?? []) / bare).toFixed(2)} times`)
})
