import { mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { writeState } from './state-file.ts'

test('a state file is replaced, never written in place, and is as private as asked for', t => {
  const dir = mkdtempSync(join(tmpdir(), 'docket-state-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const file = join(dir, 'below', 'state.json')
  writeState(file, 'old', { mode: 0o600 })
  const { ino } = statSync(file)
  writeState(file, 'new', { mode: 0o600 })
  t.is(readFileSync(file, 'utf8'), 'new')
  t.not(statSync(file).ino, ino) // so a reader that has the old one open reads all of it
  t.is(statSync(file).mode & 0o777, 0o600)
  t.deepEqual(readdirSync(join(dir, 'below')), ['state.json'])
})

test('a state file that cannot be written leaves nothing beside it', t => {
  const dir = mkdtempSync(join(tmpdir(), 'docket-state-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'file'), '')
  t.throws(() => writeState(join(dir, 'file', 'state.json'), ''))
  t.throws(() => writeState(dir, '')) // the target is a folder
  t.deepEqual(readdirSync(dir), ['file'])
})
