import { spawnSync } from 'node:child_process'
import { generateKeyPairSync } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test from 'ava'
import { readSettings } from './first-operator.ts'

const table: [what: string, username: string | undefined, password: string | undefined, about: RegExp][] = [
  ['a password that is too short', 'boss', 'short', /^BOOTSTRAP_OPERATOR_PASSWORD: must have at least 8/],
  ['a password of one letter', 'boss', 'aaaaaaaaaa', /^BOOTSTRAP_OPERATOR_PASSWORD: must have at least 4 different/],
  ['a password that is the username', 'the.boss', 'The.Boss', /^BOOTSTRAP_OPERATOR_PASSWORD: must not be the username/],
  ['a common password', 'boss', 'password1', /^BOOTSTRAP_OPERATOR_PASSWORD: is one of the most common/],
  ['a username that could not log in', 'the boss', 'correct horse', /^BOOTSTRAP_OPERATOR_USERNAME: must be/],
  ['a username without a password', 'boss', undefined, /one is missing/],
  ['a password without a username', undefined, 'correct horse', /one is missing/],
]
for (const [what, username, password, about] of table) {
  test(`the first operator does not get ${what}`, async t => {
    const given = await readSettings({ BOOTSTRAP_OPERATOR_USERNAME: username, BOOTSTRAP_OPERATOR_PASSWORD: password })
    t.regex(given && 'wrong' in given ? given.wrong.join() : '', about)
  })
}

test('a valid first operator is accepted, and so is none', async t => {
  const given = { BOOTSTRAP_OPERATOR_USERNAME: 'Boss', BOOTSTRAP_OPERATOR_PASSWORD: 'correct horse' }
  t.deepEqual(await readSettings(given), { username: 'boss', password: 'correct horse' })
  t.is(await readSettings({}), undefined)
})

test('the password may be in a file', async t => {
  const folder = mkdtempSync(join(tmpdir(), 'docket-bootstrap-'))
  t.teardown(() => rmSync(folder, { recursive: true }))
  const file = join(folder, 'password')
  writeFileSync(file, 'correct horse\n')
  const given = { BOOTSTRAP_OPERATOR_USERNAME: 'boss', BOOTSTRAP_OPERATOR_PASSWORD_FILE: file }
  t.deepEqual(await readSettings(given), { username: 'boss', password: 'correct horse' })
  for (const [more, about] of [
    [{ BOOTSTRAP_OPERATOR_PASSWORD: 'correct horse' }, /one is enough/],
    [{ BOOTSTRAP_OPERATOR_PASSWORD_FILE: join(folder, 'nothing') }, /^BOOTSTRAP_OPERATOR_PASSWORD_FILE: ENOENT/],
  ] as const) {
    const refused = await readSettings({ ...given, ...more })
    t.regex(refused && 'wrong' in refused ? refused.wrong.join() : '', about)
  }
})

const key = generateKeyPairSync('ec', { namedCurve: 'P-256' })
  .privateKey.export({ type: 'pkcs8', format: 'pem' })
  .toString()
const started = (env: Record<string, string>) =>
  spawnSync(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    encoding: 'utf8',
    timeout: 30_000,
    env: {
      PATH: process.env.PATH,
      PORT: '0',
      DATABASE_URL: 'mysql://nobody@127.0.0.1:1/none',
      KAFKA_BROKERS: '127.0.0.1:1',
      JWT_SIGNING_KEY: key,
      ...env,
    },
  })

test('the service ends with 78 and says why: a key that is cut off', t => {
  const cut = started({ JWT_SIGNING_KEY: key + key.slice(0, 100) })
  t.is(cut.status, 78)
  t.regex(cut.stderr, /JWT_SIGNING_KEY: holds something besides 1 whole PEM/)
})
