import { globSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { root } from '@docket/addresses/addresses.ts'
import test from 'ava'
import { importsOf, targetOf } from './arrows/imports.ts'
import { tableOf } from './arrows/table.ts'
import { routesOf } from '../openapi/routes.ts'

const read = (path: string) => readFileSync(join(root, path), 'utf8')
const files = (pattern: string) => globSync(pattern, { cwd: root, exclude: ['**/node_modules', '.local'] }).sort()
const handlerFiles = files('*-service/src/*.handlers.ts')

test('handlers have no try: what fails is retried, split and dead-lettered by the runtime', t => {
  t.true(handlerFiles.length >= 4)
  t.deepEqual(
    handlerFiles.filter(file => /\btry \{|\.catch\(/.test(read(file))),
    [],
  )
})

test('handlers of several types lock before the first of them', t => {
  const typesIn = (text: string) => text.match(/^ +'[a-z_]+\.[a-z_]+': /gm) ?? []
  t.deepEqual(
    handlerFiles.filter(file => typesIn(read(file)).length > 1 && !read(file).includes('lockingFirst(')),
    [],
  )
})

test('every route by which an operator changes something records who did it', t => {
  const changing = Object.values(routesOf)
    .flat()
    .filter(({ who, method }) => who === 'operator' && method !== 'get')
  t.true(changing.length > 20)
  t.deepEqual(
    changing.filter(({ handle }) => !/\baudit\b/.test(String(handle))).map(({ method, path }) => `${method} ${path}`),
    [],
  )
})

/** The paths of ids in a schema, such as `lines[].id`, that are taken as they are given. */
function idsAsGiven(schema: unknown, path = ''): string[] {
  const { def } = (schema ?? {}) as { def?: Record<string, unknown> & { type: string } }
  if (def === undefined || def.type === 'pipe') return [] // it becomes something else
  if (def.type === 'string' && def.format === 'uuid') return [path]
  const inner = [def.innerType, def.element].flatMap(one => idsAsGiven(one, path))
  const options = ((def.options as unknown[] | undefined) ?? []).flatMap(one => idsAsGiven(one, path))
  const fields = Object.entries((def.shape as object | undefined) ?? {})
  return [...inner, ...options, ...fields.flatMap(([name, one]) => idsAsGiven(one, `${path}.${name}`))]
}

test('an id in capitals is the same id: every route takes it by givenId', t => {
  const id = { def: { type: 'optional', innerType: { def: { type: 'string', format: 'uuid' } } } }
  const list = { def: { type: 'array', element: { def: { type: 'object', shape: { id } } } } }
  t.deepEqual(idsAsGiven({ def: { type: 'object', shape: { list } } }), ['.list.id'], 'as zod describes schemas')
  t.deepEqual(
    Object.values(routesOf)
      .flat()
      .flatMap(({ method, path, params, query, body }) =>
        Object.entries({ params, query, body }).flatMap(([part, schema]) =>
          idsAsGiven(schema, part).map(id => `${method} ${path}: ${id}`),
        ),
      ),
    [],
  )
})

test('dependencies are pinned', t => {
  const loose = files('{.,*,packages/*}/package.json').flatMap(file => {
    const manifest = JSON.parse(read(file)) as Record<string, Record<string, string> | undefined>
    return ['dependencies', 'devDependencies', 'optionalDependencies', 'peerDependencies'].flatMap(kind =>
      Object.entries(manifest[kind] ?? {})
        .filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version))
        .map(([name, version]) => `${file}: ${name} ${version}`),
    )
  })
  t.deepEqual(loose, [])
})

const { workspaces } = tableOf(root)
const imported = new Map<string, string[]>()

function importsOfFile(file: string): string[] {
  const known = imported.get(file)
  if (known) return known
  const targets = importsOf(file, read(file)).flatMap(({ specifier, when }) => {
    if (specifier === undefined || when !== 'start') return []
    const target = targetOf(file, specifier, workspaces)
    return 'file' in target && target.file.endsWith('.ts') ? [target.file] : []
  })
  imported.set(file, targets)
  return targets
}

function loadedWith(file: string): Set<string> {
  const all = new Set([file])
  for (const one of all) for (const next of importsOfFile(one)) all.add(next)
  return all
}

const stack = 'test/support/stack.ts'
const servers = ['test/support/database.ts', 'test/support/mysql.ts', stack]
const supportOf = (file: string) => importsOfFile(file).filter(one => one.startsWith('test/support/'))

test('a .test.ts needs nothing: what it shares with others opens no database and starts no stack', t => {
  const plain = files('**/*.test.ts').filter(file => !/\.(db|stack|long)\.test\.ts$/.test(file))
  t.true(plain.length > 100)
  t.deepEqual(
    plain.flatMap(file =>
      supportOf(file)
        .filter(one => servers.some(server => loadedWith(one).has(server)))
        .map(one => `${file} imports ${one}: it is a .db.test.ts, or a .stack.test.ts`),
    ),
    [],
  )
})

test('a .db.test.ts starts no stack', t => {
  t.deepEqual(
    files('**/*.db.test.ts').filter(file => supportOf(file).some(one => loadedWith(one).has(stack))),
    [],
  )
})

/** One function does each of these for all: a match elsewhere means that somebody has rewritten it. */
const writtenOnce: [what: string, itsFile: string, again: RegExp, useInstead: string][] = [
  [
    'the text of an error',
    'packages/foundation/errors.ts',
    /(\w+) instanceof Error\s*\?\s*(\1\.message|\1\s*:\s*new Error)/,
    'messageOf or asError',
  ],
  ['a wait that doubles', 'packages/foundation/backoff.ts', /\* 2 \*\* (?!\d)/, 'doublingMs or backoffMs'],
  [
    'the end of a wait by a signal',
    'packages/foundation/abort.ts',
    /\bpause\([^;{}]*\{[^{}]*\bsignal\b[^{}]*\},?\s*\)\s*\.catch\(|addEventListener\('abort', \(\) => (resolve|reject)\(/,
    'pauseUnlessAborted, pauseOrAbort, aborted or unlessAborted',
  ],
]
for (const [what, itsFile, again, useInstead] of writtenOnce)
  test(`${what} is written once`, t => {
    const sources = files('{cli,k8s,local,packages,test,tools,*-service}/**/*.ts').filter(
      file => file !== 'tools/check/conventions.test.ts',
    )
    t.regex(read(itsFile), again)
    t.deepEqual(
      sources.filter(file => file !== itsFile && again.test(read(file))).map(file => `${file}: use ${useInstead}`),
      [],
    )
  })
