import { spawn, spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { root } from '@docket/addresses/addresses.ts'
import { until } from '@docket/test/support/until.ts'

const script = join(root, 'bin/logs-local.sh')

function aStack(t: ExecutionContext) {
  const dir = mkdtempSync(join(tmpdir(), 'docket-logs-'))
  t.teardown(() => rmSync(dir, { recursive: true }))
  mkdirSync(join(dir, 'logs'))
  return { env: { ...process.env, LOCAL_DIR: dir }, log: (name: string) => join(dir, 'logs', `${name}.log`) }
}

test('a log is followed into the one that takes its place when the stack is made anew', async t => {
  const { env, log } = aStack(t)
  writeFileSync(log('kafka'), 'of the first\n')
  const child = spawn(script, ['-f', 'kafka'], { env })
  t.teardown(() => child.kill())
  let shown = ''
  child.stdout.on('data', chunk => {
    shown += chunk
  })
  await until('the first is shown', async () => shown === 'of the first\n', 20_000)
  writeFileSync(log('new'), 'of the second\n')
  renameSync(log('new'), log('kafka'))
  await until('the second is shown', async () => shown.endsWith('of the second\n'), 20_000)
  t.is(shown, 'of the first\nof the second\n')
})

test('what has no log, and what is no flag, is refused, saying what there is', t => {
  const { env, log } = aStack(t)
  for (const name of ['kafka', 'order-service']) writeFileSync(log(name), '')
  const shown = (...args: string[]) => spawnSync(script, args, { env, encoding: 'utf8' })
  t.like(shown('orders'), { status: 1, stderr: 'orders has no log; there are: kafka order-service \n' })
  t.is(shown('--tail').status, 2)
  t.is(shown('../x').status, 2)
})
