import { mkdtempSync, rmSync, statSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { makeFolder, ownFolder } from './own-folder.ts'

test('a folder is made with those above it, for its owner only, and may be there', t => {
  const dir = mkdtempSync(join(tmpdir(), 'docket-folder-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  const folder = join(dir, 'a', 'b')
  for (const _ of ['made', 'there']) ownFolder(folder)
  t.is(statSync(folder).mode & 0o777, 0o700)
})

test('a folder that cannot be made is an error at once: below a file, a link to nowhere, and in /proc', t => {
  const dir = mkdtempSync(join(tmpdir(), 'docket-folder-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  writeFileSync(join(dir, 'file'), '')
  symlinkSync(join(dir, 'nowhere'), join(dir, 'link'))
  const roots = [join(dir, 'file'), join(dir, 'link'), ...(process.platform === 'linux' ? ['/proc'] : [])]
  for (const folder of roots) t.throws(() => makeFolder(join(folder, 'docket', 'a')), undefined, folder)
})
