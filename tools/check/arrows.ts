/**
 * Checks every import against arrows/rooms.ts, because a linter matches only the text of an import, and finds import
 * cycles: `npm run check:arrows`.
 */
import { execFileSync } from 'node:child_process'
import { existsSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { checkFile, circlesIn, unused } from './arrows/check.ts'
import { tableOf } from './arrows/table.ts'

const root = join(import.meta.dirname, '../..')
const table = tableOf(root)
const tracked = execFileSync('git', ['ls-files', '--cached', '--others', '--exclude-standard'], {
  cwd: root,
  encoding: 'utf8',
})
const files = tracked.split('\n').filter(path => /\.[cm]?[jt]sx?$/.test(path) && existsSync(join(root, path)))
const checked = new Map(files.map(path => [path, checkFile(path, readFileSync(join(root, path), 'utf8'), table)]))
const problems = [
  ...[...checked.values()].flatMap(one => one.problems),
  ...circlesIn(new Map([...checked].map(([path, { imports }]) => [path, imports]))).map(
    ([first, ...others]) => `${first}:1 is part of an import circle: ${[first, ...others, first].join(' -> ')}`,
  ),
  ...unused(table, new Set([...checked.values()].flatMap(one => one.used))),
]
for (const problem of problems) console.error(problem)
if (problems.length > 0) process.exitCode = 1
else console.log(`${files.length} files, ${Object.keys(table.rooms).length} rooms: every import is in the table`)
