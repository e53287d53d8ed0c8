import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import test from 'ava'
import { root } from '@docket/addresses/addresses.ts'
import { changedFiles, servicesOf, stampsOf } from './watch.ts'

test('a source that is written, made or deleted has changed; a test, a page and what is installed have not', t => {
  const folder = mkdtempSync(join(tmpdir(), 'docket-watch-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const path = (name: string) => join(folder, name)
  for (const name of ['src', 'node_modules']) mkdirSync(path(name))
  for (const name of ['src/a.ts', 'src/b.ts', 'src/a.test.ts', 'README.md', 'node_modules/x.js'])
    writeFileSync(path(name), '1')
  const before = stampsOf(folder)
  t.deepEqual([...before.keys()].sort(), [path('src/a.ts'), path('src/b.ts')])
  for (const name of ['src/a.ts', 'src/new.sql', 'src/a.test.ts', 'README.md', 'node_modules/x.js'])
    writeFileSync(path(name), 'other')
  rmSync(path('src/b.ts'))
  t.deepEqual(changedFiles(before, stampsOf(folder)).sort(), ['src/a.ts', 'src/b.ts', 'src/new.sql'].map(path))
  t.deepEqual(changedFiles(stampsOf(folder), stampsOf(folder)), [])
})

test('a change in packages concerns every service, one in a service that one alone', t => {
  const both = ['order-service', 'payment-service'] as const
  t.deepEqual(servicesOf([join(root, 'packages/kafka/client.ts')], both), [...both])
  t.deepEqual(servicesOf([join(root, 'payment-service/src/main.ts')], both), ['payment-service'])
  t.deepEqual(servicesOf([join(root, 'shipping-service/src/main.ts')], both), [])
})
