import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { findOrFetchTool, findTool, type Tool } from './tools.ts'

function folderOf(t: ExecutionContext, statuses: Record<string, number>): string {
  const dir = mkdtempSync(join(tmpdir(), 'docket-tools-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  for (const [version, status] of Object.entries(statuses)) {
    mkdirSync(join(dir, version))
    writeFileSync(join(dir, version, 'docket-tool'), `#!/bin/sh\nexit ${status}\n`)
    chmodSync(join(dir, version, 'docket-tool'), 0o755)
  }
  return dir
}

const toolIn = (dir: string): Tool => ({
  name: 'docket-tool',
  folders: [`${dir}/*`],
  size: '1 MB',
  howToInstall: 'install docket-tool',
  debianPackage: async () => {
    throw new Error('no apt here')
  },
})

test('of several versions the newest that starts is used', t => {
  const dir = folderOf(t, { 9: 0, 15: 0, 16: 1 })
  t.deepEqual(findTool(toolIn(dir)), { path: join(dir, '15/docket-tool'), env: {} })
})

test('a program that is neither installed nor to be fetched is an error that says what to install', async t => {
  const dir = folderOf(t, {})
  t.is(findTool(toolIn(dir)), undefined)
  await t.throwsAsync(
    findOrFetchTool(toolIn(dir), () => undefined),
    { message: 'docket-tool is needed: install docket-tool' },
  )
})
