import { appendFileSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { until } from '@docket/test/support/until.ts'
import {
  isKept,
  isRunning,
  keep,
  logFile,
  logSize,
  namesOfRunning,
  signIn,
  signOut,
  stop,
  tailOfLog,
} from './processes.ts'

interface Noted {
  keeper: { pid: number; start: string }
  child: { pid: number; start: string }
}

function aStack(t: ExecutionContext): {
  dir: string
  noted(name: string): Noted
  note(name: string, what: unknown): void
} {
  const dir = mkdtempSync(join(tmpdir(), 'docket-processes-'))
  mkdirSync(join(dir, 'run'))
  t.teardown(async () => {
    await stop(dir, 'sleeper')
    rmSync(dir, { recursive: true, force: true })
  })
  const file = (name: string) => join(dir, 'run', `${name}.json`)
  return {
    dir,
    noted: name => JSON.parse(readFileSync(file(name), 'utf8')) as Noted,
    note: (name, what) => writeFileSync(file(name), typeof what === 'string' ? what : JSON.stringify(what)),
  }
}

// it ends for good with this process, even if that is killed
const sleeper = {
  name: 'sleeper',
  command: ['sh', '-c', `echo started; while kill -0 ${process.pid}; do sleep 0.5; done; exit 78`],
}
const timesStarted = (dir: string) => readFileSync(logFile(dir, 'sleeper'), 'utf8').match(/started/g)?.length ?? 0

test('a pid that another process has reused does not count as ours', t => {
  const { dir, note, noted } = aStack(t)
  signIn(dir, 'tests')
  t.true(isRunning(dir, 'tests'))
  const { child } = noted('tests')
  note('tests', { keeper: child, child: { ...child, start: '1' } })
  t.false(isRunning(dir, 'tests'))
})

test('a stranger is not stopped', async t => {
  const { dir, note } = aStack(t)
  const me = { pid: process.pid, start: '1' }
  note('kafka', { keeper: me, child: me })
  t.false(await stop(dir, 'kafka')) // if it had signalled us, the test run would end here
})

for (const broken of ['', '{"keeper":', '{"keeper":{"pid":1,"start":""},"child":{"pid":1,"start":""}}']) {
  test(`a pid file that says nothing useful is not trusted: ${broken}`, t => {
    const { dir, note } = aStack(t)
    note('kafka', broken)
    t.false(isRunning(dir, 'kafka'))
    t.deepEqual(namesOfRunning(dir), [])
  })
}

test('a process that signed out counts as stopped', t => {
  const { dir } = aStack(t)
  signIn(dir, 'tests')
  t.deepEqual(namesOfRunning(dir), ['tests'])
  signOut(dir, 'tests')
  t.deepEqual(namesOfRunning(dir), [])
})

test('a kept process that is killed is started again, and not when it was stopped', async t => {
  const { dir, noted } = aStack(t)
  await keep(dir, sleeper)
  await until('it is kept', async () => isKept(dir, 'sleeper') && timesStarted(dir) === 1)
  const { keeper, child } = noted('sleeper')
  process.kill(child.pid, 'SIGKILL')
  await until('it is started again', async () => isKept(dir, 'sleeper') && timesStarted(dir) === 2)
  t.is(noted('sleeper').keeper.pid, keeper.pid)
  t.true(await stop(dir, 'sleeper'))
  t.false(isRunning(dir, 'sleeper'))
  t.false(await stop(dir, 'sleeper'))
  t.is(timesStarted(dir), 2)
})

test('a process that has lost its keeper gets a new one and goes on', async t => {
  const { dir, noted } = aStack(t)
  await keep(dir, sleeper)
  await until('it is kept', async () => isKept(dir, 'sleeper'))
  const before = noted('sleeper')
  process.kill(before.keeper.pid, 'SIGKILL')
  await until('it has ended', async () => !isKept(dir, 'sleeper'))
  await keep(dir, sleeper)
  await until('it is kept', async () => isKept(dir, 'sleeper'))
  t.deepEqual(noted('sleeper').child, before.child)
  t.not(noted('sleeper').keeper.pid, before.keeper.pid)
  process.kill(before.child.pid, 'SIGKILL')
  await until(
    'another one is kept',
    async () => isKept(dir, 'sleeper') && noted('sleeper').child.pid !== before.child.pid,
  )
  t.true(await stop(dir, 'sleeper'))
})

test('a process that has lost its keeper is stopped all the same', async t => {
  const { dir, noted } = aStack(t)
  await keep(dir, sleeper)
  await until('it is kept', async () => isKept(dir, 'sleeper'))
  process.kill(noted('sleeper').keeper.pid, 'SIGKILL')
  await until('it has ended', async () => !isKept(dir, 'sleeper'))
  t.true(await stop(dir, 'sleeper'))
  t.false(isRunning(dir, 'sleeper'))
})

test('a process whose configuration is wrong (exit 78) is not started again', async t => {
  const { dir } = aStack(t)
  await keep(dir, { name: 'sleeper', command: ['sh', '-c', 'echo started; sleep 0.2; exit 78'] })
  await until('it is kept', async () => isKept(dir, 'sleeper'))
  await until('it is given up', async () => !existsSync(join(dir, 'run', 'sleeper.json'))) // removed when the keeper gives up
  t.is(timesStarted(dir), 1)
})

test('the end of a log is what was logged since a start, not by an earlier run', t => {
  const { dir } = aStack(t)
  t.is(tailOfLog(dir, 'sleeper'), '(no log)')
  mkdirSync(join(dir, 'logs'))
  writeFileSync(logFile(dir, 'sleeper'), 'an old trouble\n')
  const before = logSize(dir, 'sleeper')
  t.is(tailOfLog(dir, 'sleeper', before), '(it has logged nothing)')
  appendFileSync(logFile(dir, 'sleeper'), Array.from({ length: 20 }, (_, line) => `line ${line}\n`).join(''))
  t.deepEqual(
    tailOfLog(dir, 'sleeper', before).split('\n'),
    Array.from({ length: 15 }, (_, line) => `line ${line + 5}`),
  )
  writeFileSync(logFile(dir, 'sleeper'), 'a new file\n') // as if the old one were full
  t.is(tailOfLog(dir, 'sleeper', before), 'a new file')
})
