import { existsSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { root } from '@docket/addresses/addresses.ts'
import { nameOf, programOf, secondsOf, units, unitsOf } from './long.ts'
import { isLong, testFiles } from './short.ts'

const shards = (count: number) => Array.from({ length: count }, (_, index) => unitsOf(units, { index, of: count }))

test('every long test is in exactly one shard, however many there are', t => {
  for (const count of [1, 2, 3, 7, 10, 50])
    t.deepEqual(shards(count).flat().map(nameOf).toSorted(), units.map(nameOf).toSorted(), `${count} shards`)
})

test('every file of long tests is in the list, and every tool is there', t => {
  t.deepEqual(
    units.flatMap(unit => ('file' in unit ? [unit.file] : [])),
    testFiles().filter(isLong),
  )
  for (const unit of units) if ('tool' in unit) t.true(existsSync(join(root, programOf(unit.tool))), unit.tool)
})

test('no unit is in the list twice', t => t.is(new Set(units.map(nameOf)).size, units.length))

test('all of them take 50 minutes at most, and a tenth takes five', t => {
  t.true(secondsOf(units) <= 50 * 60, `${secondsOf(units)} s`)
  for (const [n, shard] of shards(10).entries())
    t.true(secondsOf(shard) <= 5 * 60, `${n + 1}/10: ${secondsOf(shard)} s`)
})
