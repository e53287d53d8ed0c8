import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { until } from '@docket/test/support/until.ts'
import test from 'ava'
import { openInBrowser } from './browser.ts'

const link = 'http://127.0.0.1:1/#t=the-token'

test.serial('the link is in no argument, and its file is for its owner alone, and removed', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'board-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const [opener, opened] = [join(folder, 'xdg-open'), join(folder, 'opened')]
  writeFileSync(opener, `#!/bin/sh\nprintf '%s\\n' "$@" >${opened}.new\nmv ${opened}.new ${opened}\n`)
  chmodSync(opener, 0o700)
  const { PATH = '' } = process.env
  process.env.PATH = `${folder}:${PATH}`
  t.teardown(() => (process.env.PATH = PATH))

  const home = join(folder, 'home')
  const remove = openInBrowser(link, home, () => t.fail('there is something to open it with'))
  await until('the browser is opened', async () => existsSync(opened))
  const given = readFileSync(opened, 'utf8')
  t.notRegex(given, /the-token/)
  const file = given.trim()
  t.true(file.startsWith(home), file)
  t.is(statSync(file).mode & 0o777, 0o600)
  t.is(statSync(home).mode & 0o777, 0o700)
  t.true(readFileSync(file, 'utf8').includes(`url=${link}`))
  remove()
  t.false(existsSync(file))
})

test.serial('without a browser its user is told', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'board-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const { PATH = '' } = process.env
  process.env.PATH = folder
  t.teardown(() => (process.env.PATH = PATH))
  const told = Promise.withResolvers<void>()
  const remove = openInBrowser(link, folder, told.resolve)
  await told.promise
  remove()
  t.pass()
})
