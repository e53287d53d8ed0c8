import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'
import test from 'ava'
import { sampleOf, scenarios, shardOf } from './failpoints.ts'

test('the shards are all scenarios, each once', t => {
  const shards = [1, 2, 3, 4, 5, 6].map(n => shardOf(scenarios, `${n}/6`))
  t.is(shards.flat().length, scenarios.length)
  t.is(new Set(shards.flat()).size, scenarios.length)
})

test('each shard has its share of the faults that take long', t => {
  const hangs = [1, 2, 3, 4, 5, 6].map(n => shardOf(scenarios, `${n}/6`).filter(({ mode }) => mode === 'hang').length)
  t.true(Math.max(...hangs) - Math.min(...hangs) <= 2, hangs.join())
})

test('the samples of some days have other scenarios, and in the end all', t => {
  t.is(new Set(sampleOf(scenarios, 12, 0, 1)).size, 12)
  const seen = new Set(Array.from({ length: 60 }, (_, day) => sampleOf(scenarios, 12, day, 1)).flat())
  t.is(seen.size, scenarios.length)
})

test('every failpoint of the code is in the list, and every one of the list is in the code', t => {
  const listed = [...new Set(scenarios.map(({ failpoint }) => failpoint))]
  const code = globSync(['packages/**/*.ts', '*-service/src/*.ts'], { cwd: root, exclude: ['**/node_modules'] })
    .filter(file => !file.endsWith('.test.ts'))
    .map(file => readFileSync(join(root, file), 'utf8'))
  const used = code
    .flatMap(text => [...text.matchAll(/\bfailpoint\(\s*['`]([^'`]+)/g)])
    .map(([, name = '']) => new RegExp(`^${name.replaceAll(/\$\{[^}]*\}/g, '[a-z]+')}$`)) // `stock-${how}` is several
  t.deepEqual(
    used.filter(name => !listed.some(one => name.test(one))),
    [],
  )
  t.deepEqual(
    listed.filter(one => !used.some(name => name.test(one))),
    [],
  )
})
