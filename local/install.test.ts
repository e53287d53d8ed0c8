import { spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  chmodSync,
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'

const local = fileURLToPath(new URL('.', import.meta.url))

function aCheckout(t: ExecutionContext, name = 'checkout'): { folder: string; env: NodeJS.ProcessEnv } {
  const above = mkdtempSync(join(tmpdir(), 'docket-install-'))
  t.teardown(() => rmSync(above, { recursive: true }))
  const folder = join(above, name)
  for (const part of ['local', 'bin', 'node_modules', 'programs']) mkdirSync(join(folder, part), { recursive: true })
  for (const file of ['bootstrap.sh', 'install.sh', 'process-start.sh'])
    copyFileSync(join(local, file), join(folder, 'local', file))
  copyFileSync(join(local, '../bin/down-local.sh'), join(folder, 'bin/down-local.sh'))
  writeFileSync(join(folder, 'package-lock.json'), '{}')
  writeFileSync(join(folder, 'programs/npm'), '#!/bin/sh\n')
  chmodSync(join(folder, 'programs/npm'), 0o755)
  return { folder, env: { ...process.env, PATH: `${join(folder, 'programs')}:${process.env.PATH}` } }
}

const install = ({ folder, env }: { folder: string; env: NodeJS.ProcessEnv }) =>
  spawnSync('sh', [join(folder, 'local/install.sh'), folder], { env, encoding: 'utf8', timeout: 20_000 })

for (const name of ['a:b', 'a\nb'])
  test(`a path that PATH cannot have is refused in one sentence: ${JSON.stringify(name)}`, t => {
    const { folder, env } = aCheckout(t, name)
    const { status, stderr } = spawnSync('sh', [join(folder, 'bin/down-local.sh')], { env, encoding: 'utf8' })
    t.is(status, 1)
    t.is(stderr, `${folder}: the path of the checkout has a colon or a line break, which PATH cannot have: move it\n`)
  })

test('the lock of an installation that was killed is taken, though another process has got its pid', t => {
  const checkout = aCheckout(t)
  symlinkSync(`${process.pid} 1`, join(checkout.folder, 'node_modules.lock'))
  const { status, stderr } = install(checkout)
  t.is(status, 0, stderr)
  t.is(readFileSync(join(checkout.folder, 'node_modules/.installed'), 'utf8'), '{}')
  t.false(existsSync(join(checkout.folder, 'node_modules.lock')))
})

test('who waits for another installation says for which, and goes on after it', async t => {
  const checkout = aCheckout(t)
  const lock = join(checkout.folder, 'node_modules.lock')
  const start = spawnSync('sh', ['-c', '. "$0/process-start.sh"; start_of "$1"', local, String(process.pid)], {
    encoding: 'utf8',
  }).stdout.trim()
  symlinkSync(`${process.pid} ${start}`, lock)
  const waiting = spawn('sh', [join(checkout.folder, 'local/install.sh'), checkout.folder], { env: checkout.env })
  t.teardown(() => waiting.kill())
  const [line] = (await once(waiting.stderr, 'data')) as [Buffer]
  t.true(line.toString().startsWith(`waiting for process ${process.pid}, which installs packages in `), line.toString())
  rmSync(lock)
  const [status] = (await once(waiting, 'close')) as [number]
  t.is(status, 0)
})
