import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { root, serviceNames } from '@docket/addresses/addresses.ts'

const read = <T>(path: string) => JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, T>
const releases = read<string>('releases.json')

for (const service of serviceNames) {
  const numbers = read<number>(`${service}/migrations/releases.json`)

  test(`${service} says of every release how many migrations it has`, t => {
    t.deepEqual(Object.keys(numbers), Object.keys(releases))
  })

  for (const [release, commit] of Object.entries(releases)) {
    const { status, stdout } = spawnSync('git', [
      '-C',
      root,
      'ls-tree',
      '--name-only',
      commit,
      `${service}/migrations/`,
    ])
    const isKnown = status === 0
    const what = `release ${release} has as many migrations of ${service}`
    if (isKnown)
      test(what, t => {
        const made = `${stdout}`.split('\n').filter(name => name.endsWith('.up.sql'))
        t.is(numbers[release], made.length)
      })
    else test.skip(`${what} (left out: the history does not reach back to it)`, () => undefined)
  }
}
