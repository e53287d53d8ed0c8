import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { spawnLogged } from './logged.ts'

test('a program that has closed its stdout still writes to its log, behind what was there', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'docket-logged-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const log = join(folder, 'log')
  for (const word of ['first', 'second'])
    await once(spawnLogged(log, 'sh', ['-c', `echo ${word}; exec >&-; sleep 0.1; echo ${word} again >&2`]), 'close')
  t.is(readFileSync(log, 'utf8'), 'first\nfirst again\nsecond\nsecond again\n')
})
