import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { underLock } from './lock.ts'

function aFolder(t: { teardown(end: () => void): void }): string {
  const folder = mkdtempSync(join(tmpdir(), 'docket-lock-'))
  t.teardown(() => rmSync(folder, { recursive: true, force: true }))
  return folder
}

test('of two that want to work, one waits for the other', async t => {
  const file = join(aFolder(t), 'lock')
  const happened: string[] = []
  const first = Promise.withResolvers<void>()
  const firstWork = underLock(file, () => first.promise.then(() => happened.push('first')))
  const waits = Promise.withResolvers<void>()
  const secondWork = underLock(file, async () => happened.push('second'), waits.resolve)
  await waits.promise
  first.resolve()
  await Promise.all([firstWork, secondWork])
  t.deepEqual(happened, ['first', 'second'])
})

test('a lock ends with the process that holds it, also when that is killed', async t => {
  const file = join(aFolder(t), 'lock')
  const holder = spawn(
    process.execPath,
    [
      '--input-type=module-typescript',
      '-e',
      `
    import { underLock } from ${JSON.stringify(new URL('lock.ts', import.meta.url).href)}
    await underLock(${JSON.stringify(file)}, () => new Promise(() => { console.log('held'); process.stdin.resume() }))`,
    ],
    { stdio: ['pipe', 'pipe', 'inherit'] },
  ) // it ends with this process, however that ends
  t.teardown(() => holder.kill('SIGKILL'))
  await once(holder.stdout, 'data')
  const waits = Promise.withResolvers<void>()
  const work = underLock(file, async () => 'done', waits.resolve)
  await waits.promise
  holder.kill('SIGKILL')
  t.is(await work, 'done')
})

test('who waited while the folder was deleted locks the new file, not the old one', async t => {
  const folder = aFolder(t)
  const file = join(folder, 'lock')
  const waits = Promise.withResolvers<void>()
  const purged = Promise.withResolvers<void>()
  const purge = underLock(file, async () => {
    await waits.promise
    rmSync(file)
    await purged.promise
  })
  const second = underLock(file, async () => 'second', waits.resolve)
  t.is(await second, 'second')
  purged.resolve()
  await purge
})

test('work that fails frees the lock', async t => {
  const file = join(aFolder(t), 'lock')
  await t.throwsAsync(
    underLock(file, () => Promise.reject(new Error('failed'))),
    { message: 'failed' },
  )
  t.is(
    await underLock(
      file,
      async () => 'next',
      () => t.fail('it is not held'),
    ),
    'next',
  )
})
