import { existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test, { type ExecutionContext } from 'ava'
import { signIn } from './processes.ts'
import { claimFolder, removeFolder } from './purge.ts'

function aFolder(t: ExecutionContext): string {
  const dir = mkdtempSync(join(tmpdir(), 'docket-purge-'))
  t.teardown(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

function aStackIn(dir: string): void {
  claimFolder(dir)
  for (const part of ['kafka', 'logs', 'run']) mkdirSync(join(dir, part))
  writeFileSync(join(dir, 'secrets.json'), '{}')
}

test('a folder of our own goes with all that is in it', t => {
  const dir = aFolder(t)
  aStackIn(dir)
  writeFileSync(join(dir, 'notes'), 'of a test')
  t.deepEqual(removeFolder(dir), [])
  t.false(existsSync(dir))
})

test('in a folder that was there before, what is not of the stack stays', t => {
  const dir = aFolder(t)
  writeFileSync(join(dir, 'thesis.tex'), 'years of work')
  aStackIn(dir)
  t.deepEqual(removeFolder(dir), [join(dir, 'thesis.tex')])
  t.deepEqual(readdirSync(dir), ['thesis.tex'])
})

test('a stack inside that runs stays, one that does not run goes', t => {
  const dir = aFolder(t)
  aStackIn(dir)
  for (const name of ['test-1', 'test-2']) aStackIn(join(dir, name))
  signIn(join(dir, 'test-1'), 'tests')
  t.deepEqual(removeFolder(dir), [join(dir, 'test-1')])
  t.deepEqual(readdirSync(dir), ['test-1'])
})
