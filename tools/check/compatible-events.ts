/**
 * Refuses a change of the contract that would break somebody who relies on the committed version:
 * `node tools/check/compatible-events.ts [git revision]`, by default HEAD. A schema that is new is free.
 */
import { execFileSync } from 'node:child_process'
import { inlined, readContract, sharedFile, sharedIn, type Schema, type Shared } from '../generate/contract/read.ts'
import { breaks } from './compatible.ts'

const base = process.argv[2] ?? 'HEAD'
const git = (...args: string[]) => execFileSync('git', args, { encoding: 'utf8', stdio: ['ignore', 'pipe', 'ignore'] })

function committedFiles(): string[] {
  try {
    return git('ls-tree', '-r', '--name-only', base, 'events/')
      .split('\n')
      .filter(name => name.endsWith('.schema.json') && name !== `events/${sharedFile}`)
  } catch {
    return [] // no commit, or no repository: nothing was promised yet
  }
}

function committedShared(): Shared {
  try {
    return sharedIn(JSON.parse(git('show', `${base}:events/${sharedFile}`)) as { $defs: Shared })
  } catch {
    return {} // a $ref without it is an error of its own
  }
}

const shared = committedShared()
const now = new Map(
  (await readContract(new URL('../../events/', import.meta.url))).flatMap(({ topic, events }) =>
    events.map(({ type, schema }): [string, Schema] => [`events/${topic}/${type}.schema.json`, schema]),
  ),
)

const problems = committedFiles().flatMap(name => {
  const before = inlined(JSON.parse(git('show', `${base}:${name}`)) as Schema, shared)
  const after = now.get(name)
  return after ? breaks(before, after).map(problem => `${name}: ${problem}`) : [`${name}: the event type was removed`]
})

if (problems.length === 0) console.log(`${now.size} event types are compatible with ${base}`)
else {
  console.error(`${problems.join('\n')}\nsomebody relies on the committed version: add a new event type instead`)
  process.exitCode = 1
}
