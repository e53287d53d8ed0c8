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
