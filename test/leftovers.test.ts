import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { namesOfRunning, signIn } from '@docket/local/processes.ts'
import test from 'ava'
import { endLeftovers } from './leftovers.ts'

test('services that a test has left running are ended, and servers are not', async t => {
  const dir = mkdtempSync(join(tmpdir(), 'leftovers-'))
  const names = ['order-service', 'order-service-2', 'kafka']
  const left = names.map(() => spawn(process.execPath, ['-e', 'setInterval(() => undefined, 1_000)']))
  t.teardown(() => {
    for (const child of left) child.kill('SIGKILL')
    rmSync(dir, { recursive: true })
  })
  await Promise.all(left.map(child => once(child, 'spawn')))
  for (const [at, child] of left.entries()) signIn(dir, names[at] ?? '', child.pid)
  t.deepEqual(namesOfRunning(dir).toSorted(), names.toSorted())
  await endLeftovers(dir)
  t.deepEqual(namesOfRunning(dir), ['kafka'])
})
