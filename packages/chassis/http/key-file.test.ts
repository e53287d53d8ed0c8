import { generateKeyPairSync } from 'node:crypto'
import { mkdirSync, mkdtempSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import { Unavailable } from './errors.ts'
import { fileKeys } from './key-file.ts'

const pair = () => generateKeyPairSync('ec', { namedCurve: 'P-256' }).publicKey
const jwksOf = (...kids: string[]) =>
  JSON.stringify({ keys: kids.map(kid => ({ ...pair().export({ format: 'jwk' }), kid, alg: 'ES256', use: 'sig' })) })

function aFolder(t: ExecutionContext): string {
  const folder = mkdtempSync(join(tmpdir(), 'docket-key file-')) // a path that a URL has to escape
  t.teardown(() => rmSync(folder, { recursive: true }))
  return folder
}

function aFile(t: ExecutionContext, content = jwksOf('a')) {
  const file = join(aFolder(t), 'jwks.json')
  writeFileSync(file, content)
  const clock = { ms: 0 }
  return { file, clock, source: fileKeys(pathToFileURL(file).href, () => clock.ms) }
}

const useless: [string, string][] = [
  ['empty', ''],
  ['half a file', jwksOf('a').slice(0, 40)],
  ['no keys', '{"keys":[]}'],
  ['a key of another kind', '{"keys":[{"kid":"a","kty":"oct","k":"c2VjcmV0"}]}'],
  ['too much', `${jwksOf('a')}${' '.repeat(70_000)}`],
]
for (const [what, content] of useless)
  test(`a file without a key that can be used is refused at the start: ${what}`, t => {
    t.throws(() => aFile(t, content), { message: /^reading the keys in .*jwks\.json: ./ })
  })

test('a file that is missing, or is none, is refused at the start', t => {
  t.throws(() => fileKeys('file:///nowhere/jwks.json'), {
    message: /reading the keys in \/nowhere\/jwks\.json: ENOENT/,
  })
  t.throws(() => fileKeys(pathToFileURL(tmpdir()).href), { message: /it is not a file/ })
  t.throws(() => fileKeys('file:///dev/zero'), { message: /it is not a file/ })
})

test('a key that is not known is looked for again, at most every five seconds', async t => {
  const { file, clock, source } = aFile(t)
  t.truthy(await source('a'))
  writeFileSync(file, jwksOf('a', 'b'))
  clock.ms = 4_999
  t.is(await source('b'), undefined)
  clock.ms = 5_000
  t.truthy(await source('b'))
})

test('a key that was taken away is refused once five seconds have passed, by the first who uses it', async t => {
  const { file, clock, source } = aFile(t, jwksOf('a', 'b'))
  writeFileSync(file, jwksOf('a'))
  clock.ms = 5_000
  t.truthy(await source('b'))
  clock.ms = 5_001
  t.is(await source('b'), undefined)
  t.truthy(await source('a'))
})

test('a file that has not changed gives the same keys, so that tokens need not be verified again', async t => {
  const { file, clock, source } = aFile(t)
  const key = await source('a')
  clock.ms = 6_000
  t.is(await source('a'), key)
  writeFileSync(file, jwksOf('a'))
  clock.ms = 12_000
  t.not(await source('a'), key, 'another key of that name')
})

test('while the file cannot be read known keys stay good, and an unknown one must wait', async t => {
  const { file, clock, source } = aFile(t)
  for (const [step, spoil] of [() => writeFileSync(file, ''), () => rmSync(file)].entries()) {
    spoil()
    clock.ms = 10_000 * (step + 1)
    t.truthy(await source('a'))
    await t.throwsAsync(source('b'), { instanceOf: Unavailable })
  }
  writeFileSync(file, jwksOf('b'))
  clock.ms = 30_000
  t.truthy(await source('b'))
  t.is(await source('a'), undefined)
})

test('a folder that Kubernetes has mounted is replaced by another link, and its keys are found', async t => {
  const folder = aFolder(t)
  const version = (name: string, content: string) => {
    mkdirSync(join(folder, name))
    writeFileSync(join(folder, name, 'jwks.json'), content)
    symlinkSync(name, join(folder, '..data.new'))
    renameSync(join(folder, '..data.new'), join(folder, '..data'))
  }
  version('..1', jwksOf('a'))
  symlinkSync('..data/jwks.json', join(folder, 'jwks.json'))
  const clock = { ms: 0 }
  const source = fileKeys(pathToFileURL(join(folder, 'jwks.json')).href, () => clock.ms)
  t.truthy(await source('a'))
  version('..2', jwksOf('b'))
  rmSync(join(folder, '..1'), { recursive: true })
  clock.ms = 6_000
  t.truthy(await source('b'))
  t.is(await source('a'), undefined)
})
