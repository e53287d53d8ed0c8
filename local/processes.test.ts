import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer, type AddressInfo } from 'node:net'
import { once } from 'node:events'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import test, { type ExecutionContext } from 'ava'
import { expectFree } from './ports.ts'
import { isAlive, isKept, keep, stop, tailOfLog } from './processes.ts'

function aFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'keep-'))
  t.teardown(async () => {
    await stop(folder, 'sleeper')
    rmSync(folder, { recursive: true })
  })
  return folder
}

const sleeper = { name: 'sleeper', command: ['sleep', '300'] }
const runFile = (folder: string) => join(folder, 'run/sleeper.json')
interface Run { keeper: { pid: number; start: string }; child: { pid: number; start: string } }

/** Waits for a fact of the operating system. */
async function eventually(ask: () => boolean): Promise<boolean> {
  for (const deadline = Date.now() + 10_000; Date.now() < deadline; await pause(20)) if (ask()) return true
  return false
}

async function kept(folder: string): Promise<Run> {
  await eventually(() => isKept(folder, 'sleeper'))
  return JSON.parse(readFileSync(runFile(folder), 'utf8')) as Run
}

test('a process that dies is started again', async t => {
  const folder = aFolder(t)
  await keep(folder, sleeper)
  const before = await kept(folder)
  process.kill(before.child.pid, 'SIGKILL')
  t.true(await eventually(() => isKept(folder, 'sleeper') && !isAlive(before.child)))
})

test('a process whose keeper died is not taken for kept, and is stopped all the same', async t => {
  const folder = aFolder(t)
  await keep(folder, sleeper)
  const { keeper, child } = await kept(folder)
  process.kill(keeper.pid, 'SIGKILL')
  t.true(await eventually(() => !isAlive(keeper)))
  t.false(isKept(folder, 'sleeper'))
  t.true(isAlive(child))
  t.true(await stop(folder, 'sleeper'))
  t.false(isAlive(child))
})

test('a stopped process stays stopped', async t => {
  const folder = aFolder(t)
  await keep(folder, sleeper)
  const { keeper, child } = await kept(folder)
  t.true(await stop(folder, 'sleeper'))
  t.false(isAlive(keeper) || isAlive(child))
  t.false(await stop(folder, 'sleeper'))
})

test('a stranger that has the pid of a process of ours is left alone', async t => {
  const folder = aFolder(t)
  mkdirSync(join(folder, 'run'))
  const stranger = { pid: process.pid, start: 'another time' }
  writeFileSync(runFile(folder), JSON.stringify({ keeper: stranger, child: stranger }))
  t.false(isKept(folder, 'sleeper'))
  t.false(await stop(folder, 'sleeper'))
})

test('a process with a wrong configuration is not started again', async t => {
  const folder = aFolder(t)
  await keep(folder, { name: 'sleeper', command: ['sh', '-c', 'echo wrong; exit 78'] })
  t.true(await eventually(() => tailOfLog(folder, 'sleeper') === 'wrong'))
  t.true(await eventually(() => !isKept(folder, 'sleeper')))
})

test('a port that is taken is named, with who has it', async t => {
  const server = createServer().listen(0, '127.0.0.1')
  await once(server, 'listening')
  t.teardown(() => server.close())
  const { port } = server.address() as AddressInfo
  const error = await t.throwsAsync(expectFree(port, 'kafka'))
  t.regex(error?.message ?? '', new RegExp(`port ${port}, which kafka needs, is taken by process ${process.pid}`))
})
