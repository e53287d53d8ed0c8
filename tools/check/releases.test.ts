import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { migrationsByRelease } from '@docket/chassis/database/migrations.ts'
import { root, serviceNames } from '@docket/addresses/addresses.ts'

const read = <T>(path: string) => JSON.parse(readFileSync(join(root, path), 'utf8')) as Record<string, T>
const releases = read<string>('releases.json')

for (const service of serviceNames) {
  const brought = read<Record<string, string>>(`${service}/migrations/releases.json`)
  const numbers = migrationsByRelease(brought)

  test(`${service} says of every release which migrations it brought`, t => {
    t.deepEqual([...numbers.keys()], Object.keys(releases))
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
        t.is(numbers.get(release), made.length)
      })
    else test.skip(`${what} (left out: the history does not reach back to it)`, () => undefined)
  }
}
