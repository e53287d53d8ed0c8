import { createHash, createHmac, generateKeyPairSync, randomBytes, randomUUID } from 'node:crypto'
import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import test, { type ExecutionContext } from 'ava'
import type { Database } from '@docket/chassis/database/database.ts'
import { authenticator } from '@docket/chassis/http/auth.ts'
import { logger } from '@docket/chassis/log.ts'
import { publishOnlyTypesOf } from '@docket/chassis/messaging/published-types.ts'
import { metrics as measured } from '@docket/chassis/metric-registry.ts'
import { call, type Reply } from '@docket/test/support/client.ts'
import { actsOf } from '@docket/test/support/listener.ts'
import { given, mgmt } from '@docket/test/support/mgmt-process.ts'
import { aMysqlDatabase } from '@docket/test/support/mysql.ts'
import { aServer } from '@docket/test/support/service-endpoints.ts'
import { until } from '@docket/test/support/until.ts'
import { addressHashes } from './address-hashes.ts'
import { firstOperator } from './first-operator.ts'
import { derivedSecret, signingKeys, type SigningKey } from './keys.ts'
import { metrics } from './session.metrics.ts'
import { routes as sessionRoutes } from './session.routes.ts'
import { confirms } from './session.steps.ts'
import { forget } from './session.sweeps.ts'
import { accessToken } from './tokens.ts'
import { loginLimits, signupLimits } from './user.ts'
import { routes as userRoutes } from './user.routes.ts'
import { insertUser, lockForRights, lockUser, saveDisabled, saveRole, type UserRow } from './user.store.ts'

const someKeys = () =>
  signingKeys.parse(
    generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  )
const firstKeys = someKeys()
const password = 'correct horse'
/** The hash of 'cafe\u0301 fine' as release 0.1.0 made it. */
const hashOfTyped = '$argon2id$v=19$m=19456,t=2,p=1$Nv+0fmQyuNf0H6MxWxhulQ$twSrH+dH1Qg7kwQ8ZHk0GlobSSU1EBmETNHiMlWrzP0'
const { registry } = measured('user-service', [], metrics)

// One at a time: a process hashes two passwords at once, and rejects requests when too many wait.

const counted = async (name: string) =>
  [...(await registry.metrics()).matchAll(new RegExp(`^docket_${name}_total\\{.*\\} (\\d+)$`, 'gm'))].map(([, n]) =>
    Number(n),
  )

async function ended(databaseUrl: string, env: Record<string, string>) {
  const key = firstKeys[0]?.privateKey.export({ type: 'pkcs8', format: 'pem' }).toString() ?? ''
  const child = spawn(process.execPath, [fileURLToPath(new URL('main.ts', import.meta.url))], {
    timeout: 30_000,
    env: { PORT: '0', DATABASE_URL: databaseUrl, KAFKA_BROKERS: '127.0.0.1:1', JWT_SIGNING_KEY: key, ...env },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', chunk => {
      output += chunk
    })
  const [status] = (await once(child, 'close')) as [number | null]
  return { status, output }
}

async function aUserService(t: ExecutionContext, own: { db?: Database; keys?: SigningKey[] } = {}) {
  const db = own.db ?? (await aMysqlDatabase(t))
  const keys = own.keys ?? firstKeys
  const url = await aServer(
    t,
    [...sessionRoutes(keys), ...userRoutes(keys)],
    db,
    authenticator(async kid => keys.find(key => key.kid === kid)?.publicKey),
    {
      confirms: user => confirms(db.read, user),
      trustProxy: 'loopback', // so that a test can set the client's address
    },
  )
  const post = (path: string, body?: unknown, headers: Record<string, string> = {}) =>
    call(url + path, 'POST', body, headers)
  return {
    db,
    url,
    post,
    signUp: (username: string, headers: Record<string, string> = {}) =>
      post('/signup', { username, password }, headers),
    refresh: (before: Reply) => post('/refresh', undefined, withRefresh(before)),
    logIn: (username: string, secret = password, from = '127.0.0.1') =>
      post('/login', { username, password: secret }, { 'x-forwarded-for': from }),
    get: (path: string, who: Reply) => call(url + path, 'GET', undefined, bearer(who)),
    setRole: (whose: Reply, role: string, by: Reply) =>
      call(`${url}/users/${String(whose.body.id)}`, 'PATCH', { role }, bearer(by)),
    async strangersTry(username: string) {
      const attempts = Array.from({ length: loginLimits.strangers.most - 1 }, (_, n) => n)
      await db.read.query(
        `INSERT INTO login_attempts (username, ip, at) VALUES ${attempts.map(() => '(?, ?, UTC_TIMESTAMP(3))').join(', ')}`,
        attempts.flatMap(n => [username, addressHashes(keys, `198.51.100.${n % 8}`)[0]]),
      )
    },
    manage: (what: string, whose: Reply, by: Reply) =>
      post(`/users/${String(whose.body.id)}/${what}`, undefined, bearer(by)),
    async anotherOperator(username: string, by: Reply) {
      const customer = await post('/signup', { username, password })
      await call(`${url}/users/${String(customer.body.id)}`, 'PATCH', { role: 'operator' }, bearer(by))
      return post('/login', { username, password })
    },
    untilItWaits: (isAnswered: () => boolean) =>
      until('it waits, or did not have to', async () => {
        const { rows } = await db.read.query(`
          SELECT 1 FROM information_schema.processlist
          WHERE db = DATABASE() AND id <> CONNECTION_ID() AND info LIKE '%FOR UPDATE%'`)
        return isAnswered() || rows.length > 0
      }),
    async published() {
      const { rows } = await db.read.query<{ type: string; payload: string; sequence: number }>(
        "SELECT type, payload, sequence FROM outbox WHERE aggregatetype <> 'audit' ORDER BY id",
      )
      return rows.map(({ type, payload, sequence }) => ({
        type,
        sequence,
        data: JSON.parse(payload) as Record<string, unknown>,
      }))
    },
    async anOperator() {
      await firstOperator(
        { BOOTSTRAP_OPERATOR_USERNAME: 'boss', BOOTSTRAP_OPERATOR_PASSWORD: password },
        logger('test', 'fatal'),
        wrong => {
          throw new Error(wrong.join())
        },
      )(db)
      return post('/login', { username: 'boss', password })
    },
  }
}

const cookieOf = (reply: Reply, name: string) =>
  reply.headers
    .getSetCookie()
    .map(cookie => new RegExp(`^${name}=([^;]*)`).exec(cookie)?.[1])
    .find(value => value !== undefined) ?? ''
const bearer = (reply: Reply) => ({ authorization: `Bearer ${cookieOf(reply, 'access_token')}` })
const withRefresh = (reply: Reply) => ({ cookie: `refresh_token=${cookieOf(reply, 'refresh_token')}` })

test.serial('who signs up is a customer, is logged in, and everybody may know', async t => {
  const users = await aUserService(t)
  const ada = await users.signUp('Ada')
  t.like(ada, { status: 201, body: { username: 'ada', role: 'customer' } })
  t.like((await users.get('/me', ada)).body, { username: 'ada' })
  t.deepEqual(
    (await users.published()).map(({ type, data }) => [type, data.username]),
    [['user.signed_up', 'ada']],
  )
})

test.serial('cookies cannot be read by scripts, and go nowhere else', async t => {
  const users = await aUserService(t)
  for (const cookie of (await users.signUp('ada')).headers.getSetCookie()) t.regex(cookie, /HttpOnly.*SameSite=Strict/i)
})

test.serial('a name is taken once, also by two at the same moment', async t => {
  const users = await aUserService(t)
  const answers = await Promise.all([users.signUp('ada'), users.signUp('ADA')])
  t.deepEqual(answers.map(answer => answer.status).sort(), [201, 409])
  t.is((await users.published()).length, 1)
})

test.serial('a sign-up that is repeated with its key gives the same user', async t => {
  const users = await aUserService(t)
  const key = { 'idempotency-key': randomUUID() }
  const [first, again] = [await users.signUp('ada', key), await users.signUp('ada', key)]
  t.is(again.status, 201)
  t.is(again.body.id, first.body.id)
  t.is((await users.post('/signup', { username: 'ada', password: 'another password' }, key)).status, 409)
})

test.serial('a known key does not allow guessing: repeated sign-ups count as attempts to log in', async t => {
  const users = await aUserService(t)
  const key = { 'idempotency-key': randomUUID() }
  await users.signUp('ada', key)
  const guess = (n: number) => users.post('/signup', { username: 'ada', password: `a guess ${n}` }, key)
  for (let n = 0; n < loginLimits.here.most; n++) t.is((await guess(n)).status, 409)
  const refused = await users.signUp('ada', key)
  t.is(refused.status, 429)
  t.truthy(refused.headers.get('retry-after'))
  t.is((await users.logIn('ada')).status, 429)
  await users.db.read.query('UPDATE login_attempts SET at = at - INTERVAL 1 HOUR')
  t.is((await users.signUp('ada', key)).status, 201)
})

test.serial('a taken name cannot be tried without limit: without its key no password is checked', async t => {
  const users = await aUserService(t)
  await users.signUp('ada', { 'idempotency-key': randomUUID() })
  t.is((await users.signUp('ada')).status, 409)
  t.is((await users.signUp('ada', { 'idempotency-key': randomUUID() })).status, 409)
  t.deepEqual((await users.db.read.query('SELECT * FROM login_attempts')).rows, [])
})

test.serial('sign-ups from one address are limited, before a password is hashed', async t => {
  const users = await aUserService(t)
  await users.signUp('ada')
  const {
    rows: [first],
  } = await users.db.read.query<{ ip: string }>('SELECT ip FROM signup_attempts')
  const many = Array.from({ length: signupLimits.perAddress }, () => '(?, UTC_TIMESTAMP(3))').join(', ')
  await users.db.read.query(
    `INSERT INTO signup_attempts (ip, at) VALUES ${many}`,
    Array.from({ length: signupLimits.perAddress }, () => first?.ip),
  )
  const crowd = await Promise.all(Array.from({ length: 24 }, (_, n) => users.signUp(`user-${n}`)))
  t.deepEqual(
    [...new Set(crowd.map(answer => answer.status))],
    [429],
    'with hashing, some of these concurrent requests would be 503',
  )
  t.truthy(crowd[0]?.headers.get('retry-after'))
  t.is((await users.logIn('ada')).status, 200)
  await users.db.read.query('UPDATE signup_attempts SET at = at - INTERVAL 1 HOUR')
  t.is((await users.signUp('ben')).status, 201)
})

test.serial('a user that breaks the rules of the table is an error, not a name that is taken', async t => {
  const { db } = await aUserService(t)
  const user = { id: randomUUID(), username: 'ada', passwordHash: 'x', role: 'customer' as const, signupKey: undefined }
  const wrong = [
    { role: 'king' as never },
    { username: 'x'.repeat(65) },
    { passwordHash: 'x'.repeat(256) },
    { id: 'x'.repeat(37) },
  ]
  for (const more of wrong)
    await t.throwsAsync(
      db.transaction(tx => insertUser(tx, { ...user, ...more })),
      undefined,
      JSON.stringify(more),
    )
  t.true(await db.transaction(tx => insertUser(tx, user)))
  t.false(await db.transaction(tx => insertUser(tx, { ...user, id: randomUUID() })))
  t.is((await db.read.query('SELECT * FROM users')).rows.length, 1)
})

test.serial('no password and no token is stored or sent', async t => {
  const users = await aUserService(t)
  const ada = await users.signUp('ada', { 'idempotency-key': 'a-key' })
  const everything: unknown[] = []
  for (const table of [
    'users',
    'sessions',
    'outbox',
    'idempotency_keys',
    'login_attempts',
    'signup_attempts',
    'known_addresses',
  ])
    everything.push((await users.db.read.query(`SELECT * FROM ${table}`)).rows)
  const text = JSON.stringify(everything)
  for (const secret of [password, cookieOf(ada, 'access_token'), cookieOf(ada, 'refresh_token')])
    t.false(text.includes(secret))
  t.regex(text, /\$argon2id\$v=19\$m=19456,t=2,p=1\$/)
})

test.serial('a wrong password and an unknown name are told the same', async t => {
  const users = await aUserService(t)
  await users.signUp('ada')
  const [wrong, unknown] = [await users.logIn('ada', 'wrong password'), await users.logIn('unknown')]
  t.like(wrong, { status: 401, body: { code: 'wrong_credentials' } })
  t.is(wrong.body.detail, unknown.body.detail)
})

test.serial('guessing ends: after ten failures the right password is refused too, for a while', async t => {
  const users = await aUserService(t)
  await users.signUp('ada')
  for (let n = 0; n < loginLimits.here.most; n++) t.is((await users.logIn('ada', `guess ${n}`)).status, 401)
  const refused = await users.logIn('ada')
  t.is(refused.status, 429)
  const wait = Number(refused.headers.get('retry-after'))
  t.true(wait > 600 && wait <= 900, String(wait))
  await users.db.read.query('UPDATE login_attempts SET at = at - INTERVAL 1 HOUR')
  t.is((await users.logIn('ada')).status, 200)
})

test.serial('what is refused is not counted: it does not prolong the wait', async t => {
  const users = await aUserService(t)
  await users.signUp('ada')
  for (let n = 0; n < loginLimits.here.most + 5; n++) await users.logIn('ada', `guess ${n}`)
  await users.db.read.query('UPDATE login_attempts SET at = at - INTERVAL 14 MINUTE')
  const refused = await users.logIn('ada')
  t.true(Number(refused.headers.get('retry-after')) <= 60)
  t.is((await users.db.read.query('SELECT * FROM login_attempts')).rows.length, loginLimits.here.most)
})

test.serial(
  'strangers lock nobody out where they logged in before; elsewhere they do, and an operator can unlock',
  async t => {
    const users = await aUserService(t)
    const [boss, ada] = [await users.anOperator(), await users.signUp('ada')]
    t.is((await users.logIn('ada', password, '192.0.2.1')).status, 200)
    await users.strangersTry('ada')
    t.is((await users.logIn('ada', 'a guess', '198.51.100.9')).status, 401)
    t.is((await users.logIn('ada', 'a guess', '198.51.100.9')).status, 429, 'another address does not help a stranger')
    t.is((await users.logIn('ada', password, '203.0.113.1')).status, 429, 'who is nowhere known waits')
    t.is((await users.logIn('ada', password, '192.0.2.1')).status, 200)
    t.is((await users.logIn('ada', password, '203.0.113.1')).status, 429, 'a login gives strangers no new attempts')
    t.is((await users.logIn('boss', password, '198.51.100.9')).status, 200, 'it is about this name alone')
    t.is((await users.logIn('ada', 'a guess', '198.51.100.9')).status, 429, 'and an address is known for its own names')
    t.like(await users.manage('unlock', ada, boss), { status: 200, body: { username: 'ada' } })
    t.is((await users.logIn('ada', password, '203.0.113.1')).status, 200)
  },
)

test.serial('addresses are kept as keyed hashes, which hold while keys are changed', async t => {
  const users = await aUserService(t)
  await users.signUp('ada')
  await users.logIn('ada', password, '192.0.2.1')
  await users.strangersTry('ada')
  t.is((await users.logIn('ada', 'a guess', '198.51.100.9')).status, 401)
  const kept = JSON.stringify([
    (await users.db.read.query('SELECT * FROM known_addresses')).rows,
    (await users.db.read.query('SELECT * FROM login_attempts')).rows,
    (await users.db.read.query('SELECT * FROM signup_attempts')).rows,
  ])
  for (const address of ['192.0.2', '198.51.100', '127.0.0.1']) t.false(kept.includes(address), address)
  const later = await aUserService(t, { db: users.db, keys: [...someKeys(), ...firstKeys] })
  t.is((await later.logIn('ada', password, '192.0.2.1')).status, 200)
  t.is((await later.logIn('ada', password, '203.0.113.1')).status, 429)
})

test.serial('that too many log in at a moment is no failure of anybody', async t => {
  const users = await aUserService(t)
  await users.signUp('ada')
  const answers = await Promise.all(
    Array.from({ length: 30 }, (_, n) => users.logIn('ada', 'a guess', `198.51.100.${n}`)),
  )
  const refused = answers.filter(answer => answer.status === 401).length
  t.true(answers.some(answer => answer.status === 503))
  t.is((await users.db.read.query('SELECT * FROM login_attempts')).rows.length, refused)
})

test.serial('guesses at the same moment do not slip by the limit', async t => {
  const users = await aUserService(t)
  await users.signUp('ada')
  const answers = await Promise.all(Array.from({ length: 16 }, (_, n) => users.logIn('ada', `guess ${n}`)))
  t.true(answers.filter(answer => answer.status === 401).length <= loginLimits.here.most)
})

test.serial('who logs in has not failed: the count begins anew', async t => {
  const users = await aUserService(t)
  await users.signUp('ada')
  for (let n = 0; n < 5; n++) await users.logIn('ada', 'wrong password')
  t.is((await users.logIn('ada')).status, 200)
  t.deepEqual((await users.db.read.query('SELECT * FROM login_attempts')).rows, [])
})

test.serial('a crowd that logs in at once is served or told to come back, nothing else', async t => {
  const users = await aUserService(t)
  await Promise.all(['u01', 'u02', 'u03', 'u04'].map(name => users.signUp(name)))
  const answers = await Promise.all(Array.from({ length: 32 }, (_, n) => users.logIn(`u0${(n % 4) + 1}`)))
  t.deepEqual(
    [...new Set(answers.map(answer => answer.status))].filter(status => ![200, 503, 429].includes(status)),
    [],
  )
  t.true(answers.some(answer => answer.status === 200))
})

test.serial('a refresh gives new tokens, and the old one is used up', async t => {
  const users = await aUserService(t)
  const ada = await users.signUp('ada')
  const next = await users.post('/refresh', undefined, withRefresh(ada))
  t.is(next.status, 200)
  t.not(cookieOf(next, 'refresh_token'), cookieOf(ada, 'refresh_token'))
  t.is((await users.get('/me', next)).status, 200)
})

test.serial('a refresh whose answer was lost can be repeated, and gives the same', async t => {
  const users = await aUserService(t)
  const ada = await users.signUp('ada')
  const [first, again] = [
    await users.post('/refresh', undefined, withRefresh(ada)),
    await users.post('/refresh', undefined, withRefresh(ada)),
  ]
  t.is(again.status, 200)
  t.is(cookieOf(again, 'refresh_token'), cookieOf(first, 'refresh_token'))
})

test.serial(
  "sessions that are refreshed at the same moment, each twice and strangers among them, do not stand in each other's way",
  async t => {
    const users = await aUserService(t)
    const sessions = [await users.signUp('ada')]
    while (sessions.length < 10) sessions.push(await users.logIn('ada'))
    let presented = sessions.map(withRefresh)
    for (let round = 0; round < 5; round++) {
      const strangers = presented.map((_, n) => ({ cookie: `refresh_token=${round}-${n}` }))
      const answers = await Promise.all(
        [...presented, ...strangers, ...presented].map(token => users.post('/refresh', undefined, token)),
      )
      t.deepEqual(
        answers.map(answer => answer.status),
        [...presented.map(() => 200), ...strangers.map(() => 401), ...presented.map(() => 200)],
      )
      presented = answers.slice(0, presented.length).map(withRefresh)
    }
  },
)

test.serial(
  'a lost answer costs nothing, also ten minutes later: the token before the current one gives it',
  async t => {
    const users = await aUserService(t)
    const ada = await users.signUp('ada')
    const lost = await users.refresh(ada)
    await users.db.read.query('UPDATE sessions SET rotated_at = rotated_at - INTERVAL 10 MINUTE')
    const found = await users.refresh(ada)
    t.is(found.status, 200)
    t.is(cookieOf(found, 'refresh_token'), cookieOf(lost, 'refresh_token'))
    t.is((await users.get('/me', found)).status, 200)
  },
)

test.serial('a stolen token that the thief has used twice is noticed when its owner comes', async t => {
  const users = await aUserService(t)
  const owner = await users.signUp('ada')
  const [before] = await counted('sessions_ended_for_reuse')
  const thief = await users.refresh(await users.refresh(owner))
  t.is(thief.status, 200)
  t.like(await users.refresh(owner), { status: 401, body: { code: 'session_over' } })
  t.is((await users.refresh(thief)).status, 401, 'the thief and the owner are both out')
  t.is((await users.get('/me', thief)).status, 401)
  t.deepEqual(
    (await users.published()).map(({ type, sequence, data }) => [type, sequence, data.reason]),
    [
      ['user.signed_up', 1, undefined],
      ['session.revoked', 2, 'reuse'],
    ],
  )
  await users.refresh(owner)
  t.is((await users.published()).length, 2, 'a session ends once')
  t.deepEqual(await counted('sessions_ended_for_reuse'), [(before ?? 0) + 1])
})

test.serial('any older token of a session is noticed, at a logout too', async t => {
  const users = await aUserService(t)
  const tokens = [await users.signUp('ada')]
  while (tokens.length < 8) tokens.push(await users.refresh(tokens.at(-1) as Reply))
  t.is((await users.post('/logout', undefined, withRefresh(tokens[2] as Reply))).status, 204)
  t.is((await users.refresh(tokens.at(-1) as Reply)).status, 401)
  t.is((await users.published()).at(-1)?.data.reason, 'reuse')
})

test.serial('who knows the id of a session cannot end it with a guess', async t => {
  const users = await aUserService(t)
  const [ada, ben] = [await users.signUp('ada'), await users.signUp('ben')]
  const [id = '', secret = '', mark = ''] = cookieOf(ada, 'refresh_token').split('.')
  const [, otherSecret = '', otherMark = ''] = cookieOf(ben, 'refresh_token').split('.')
  for (const guess of [
    `${id}.${'x'.repeat(43)}.${mark}`,
    `${id}.${otherSecret}.${otherMark}`,
    `${id}.${secret}.${otherMark}`,
    `${id}.${secret}`,
    id,
  ])
    for (const path of ['/refresh', '/logout']) await users.post(path, undefined, { cookie: `refresh_token=${guess}` })
  t.is((await users.refresh(ada)).status, 200)
})

test.serial('operators see which sessions ended because of a stolen token', async t => {
  const users = await aUserService(t)
  const [boss, owner] = [await users.anOperator(), await users.signUp('ada')]
  await users.refresh(await users.refresh(owner))
  const ended = async () =>
    ((await users.get('/sessions/ended-for-reuse', boss)).body.items as { username: string }[]).map(one => one.username)
  t.deepEqual(await ended(), [])
  await users.refresh(owner)
  t.deepEqual(await ended(), ['ada'])
  await users.db.read.query('UPDATE sessions SET revoked_at = revoked_at - INTERVAL 25 HOUR')
  t.deepEqual(await ended(), [])
  t.is((await users.get('/sessions/ended-for-reuse', await users.logIn('ada'))).status, 403)
})

test.serial('another signing key does not end the grace, nor any session', async t => {
  const users = await aUserService(t)
  const ada = await users.signUp('ada')
  const lost = await users.refresh(ada)
  const later = await aUserService(t, { db: users.db, keys: someKeys() }) // the previous key is gone
  const found = await later.refresh(ada)
  t.is(found.status, 200)
  t.is(cookieOf(found, 'refresh_token'), cookieOf(lost, 'refresh_token'))
  t.is((await later.get('/me', found)).status, 200)
  t.is((await later.refresh(found)).status, 200)
})

/**
 * Sessions that the previous release began and refreshed: their tokens name no session, and are derived from the first
 * key.
 */
async function aSessionOfTheReleaseBefore(
  users: Awaited<ReturnType<typeof aUserService>>,
  refreshed: readonly SigningKey[] = [],
) {
  const { rows } = await users.db.read.query<{ id: string }>('SELECT id FROM users')
  const begin = randomBytes(32).toString('base64url')
  const successor = (token: string, key: SigningKey) =>
    createHmac('sha256', derivedSecret([key], 'refresh tokens'))
      .update(token)
      .digest('base64url')
  const tokens = refreshed.reduce((all, key) => [...all, successor(all.at(-1) ?? '', key)], [begin])
  const hash = (token: string | undefined) =>
    token === undefined ? null : createHash('sha256').update(token).digest('hex')
  await users.db.read.query(
    `
    INSERT INTO sessions (id, user_id, refresh_hash, previous_hash, created_at, last_used_at, expires_at, ip, user_agent)
    VALUES (?, ?, ?, ?, UTC_TIMESTAMP(3), UTC_TIMESTAMP(3), UTC_TIMESTAMP(3) + INTERVAL 1 DAY, '127.0.0.1', '')`,
    [randomUUID(), rows[0]?.id, hash(tokens.at(-1)), hash(tokens.at(-2))],
  )
  return tokens.map(token => ({ cookie: `refresh_token=${token}` })) as [{ cookie: string }, ...{ cookie: string }[]]
}

test.serial('a token of the release before goes on, and its successors name their session', async t => {
  const users = await aUserService(t)
  await users.signUp('ada')
  const [old] = await aSessionOfTheReleaseBefore(users)
  const next = await users.post('/refresh', undefined, old)
  t.is(next.status, 200)
  t.is(cookieOf(await users.post('/refresh', undefined, old), 'refresh_token'), cookieOf(next, 'refresh_token'))
  const thief = await users.refresh(await users.refresh(next))
  t.is((await users.refresh(next)).status, 401)
  t.is((await users.refresh(thief)).status, 401)
})

test.serial(
  'an answer of the release before that was lost is given again, also when another key is the first',
  async t => {
    const users = await aUserService(t, { keys: [...someKeys(), ...firstKeys] })
    await users.signUp('ada')
    const [lost, current] = await aSessionOfTheReleaseBefore(users, firstKeys)
    const found = await users.post('/refresh', undefined, lost)
    t.is(found.status, 200)
    t.is(current?.cookie, `refresh_token=${cookieOf(found, 'refresh_token')}`)
  },
)

test.serial('two terminals that share a session raise no false alarm', async t => {
  const users = await aUserService(t)
  const terminal = await given(t)
  terminal.env.MGMT_USER_URL = users.url
  await users.signUp('ada')
  t.is((await mgmt(terminal, ['login', 'ada', '--password-stdin'], `${password}\n`)).status, 0)
  const folder = join(terminal.home, 'mgmt')
  const [file = ''] = readdirSync(folder).filter(name => /^session-.*\.json$/.test(name))
  for (let round = 0; round < 2; round++) {
    const session = JSON.parse(readFileSync(join(folder, file), 'utf8')) as object
    writeFileSync(join(folder, file), JSON.stringify({ ...session, expiresAt: 0 })) // so each of them has to refresh it
    const ended = await Promise.all([mgmt(terminal, ['whoami']), mgmt(terminal, ['whoami'])])
    t.deepEqual(
      ended.map(({ status }) => status),
      [0, 0],
    )
  }
  t.deepEqual((await users.db.read.query('SELECT * FROM sessions WHERE revoked_at IS NOT NULL')).rows, [])
})

test.serial('a logout ends the session, and clears the cookies', async t => {
  const users = await aUserService(t)
  const ada = await users.signUp('ada')
  const out = await users.post('/logout', undefined, withRefresh(ada))
  t.is(out.status, 204)
  t.is(cookieOf(out, 'access_token'), '')
  t.is((await users.get('/me', ada)).status, 401)
  t.is((await users.post('/refresh', undefined, withRefresh(ada))).status, 401)
  t.is((await users.post('/logout')).status, 204, 'a repeated request gets the same answer')
})

test.serial('a session that is used lives on for 30 days; one that was not used for so long is over', async t => {
  const users = await aUserService(t)
  const [ada, phone] = [await users.signUp('ada'), await users.logIn('ada')]
  const daysLeft = async () => {
    const { rows } = await users.db.read.query<{ days: number }>(
      'SELECT TIMESTAMPDIFF(HOUR, UTC_TIMESTAMP(3), expires_at) / 24 AS days FROM sessions ORDER BY created_at, id LIMIT 1',
    )
    return Math.round(Number(rows[0]?.days))
  }
  t.is(await daysLeft(), 30)
  await users.db.read.query('UPDATE sessions SET expires_at = expires_at - INTERVAL 29 DAY')
  t.is(await daysLeft(), 1)
  const next = await users.post('/refresh', undefined, withRefresh(ada))
  t.is(await daysLeft(), 30)
  await users.db.read.query('UPDATE sessions SET expires_at = expires_at - INTERVAL 1 DAY')
  t.is((await users.get('/me', next)).status, 200)
  t.is((await users.get('/me', phone)).status, 401)
  t.is(((await users.get('/sessions', next)).body.items as unknown[]).length, 1)
  t.like(await users.post('/refresh', undefined, withRefresh(phone)), { status: 401, body: { code: 'session_over' } })
})

test.serial('a token is good for five minutes, and the cookies live as long as what they hold', async t => {
  const users = await aUserService(t)
  for (const reply of [await users.signUp('ada'), await users.logIn('ada')]) {
    const [, claims = ''] = cookieOf(reply, 'access_token').split('.')
    const { iat, exp } = JSON.parse(Buffer.from(claims, 'base64url').toString()) as { iat: number; exp: number }
    t.is(exp - iat, 5 * 60)
    const ages = reply.headers.getSetCookie().map(cookie => Number(/Max-Age=(\d+)/.exec(cookie)?.[1]))
    t.deepEqual(ages, [5 * 60, 30 * 24 * 60 * 60])
  }
})

test.serial('people see their own sessions, and end them', async t => {
  const users = await aUserService(t)
  const [desk, phone, stranger] = [await users.signUp('ada'), await users.logIn('ada'), await users.signUp('ben')]
  const sessions = (await users.get('/sessions', desk)).body.items as { id: string; current: boolean }[]
  t.is(sessions.length, 2)
  const other = sessions.find(one => !one.current)
  t.is(sessions[0]?.id, other?.id, 'the newest first')
  t.is((await call(`${users.url}/sessions/${other?.id}`, 'DELETE', undefined, bearer(stranger))).status, 404)
  t.is((await call(`${users.url}/sessions/${other?.id}`, 'DELETE', undefined, bearer(desk))).status, 204)
  t.is((await users.get('/me', phone)).status, 401)
  t.is((await users.get('/me', desk)).status, 200)
})

test.serial('only an operator sees users and makes operators', async t => {
  const users = await aUserService(t)
  const [boss, ada] = [await users.anOperator(), await users.signUp('ada')]
  t.is((await users.get('/users', ada)).status, 403)
  t.deepEqual(
    ((await users.get('/users', boss)).body.items as { username: string }[]).map(one => one.username),
    ['ada', 'boss'],
  )
  t.is((await users.setRole(ada, 'operator', ada)).status, 403)
  t.like(await users.setRole(ada, 'operator', boss), { status: 200, body: { role: 'operator' } })
  t.like((await users.published()).at(-1), {
    type: 'user.role_changed',
    sequence: 2,
    data: { role: 'operator', previousRole: 'customer', rightsVersion: 2, changedBy: boss.body.id },
  })
  t.is((await users.setRole(ada, 'customer', boss)).status, 200)
})

test.serial(
  'an operator makes observers, who see no users; the next role is told by a type that knows them',
  async t => {
    const users = await aUserService(t)
    const [boss, ada] = [await users.anOperator(), await users.signUp('ada')]
    t.like(await users.setRole(ada, 'observer', boss), { status: 200, body: { role: 'observer' } })
    const told = { type: 'user.role_changed', data: { role: 'observer', previousRole: 'customer', rightsVersion: 2 } }
    t.like((await users.published()).at(-1), told)
    t.is((await users.get('/me', ada)).status, 401, 'the token says customer')
    const observer = await users.logIn('ada')
    t.like(await users.get('/me', observer), { status: 200, body: { role: 'observer' } })
    t.like(await users.get('/users', observer), { status: 403, body: { code: 'wrong_role' } })
    t.is((await users.setRole(boss, 'customer', observer)).status, 403)
    const { rows } = await users.db.read.query("SELECT role FROM users WHERE username = 'ada'")
    t.deepEqual(rows, [{ role: 'customer' }], 'to the release before')
    t.like(await users.setRole(ada, 'operator', boss), { status: 200, body: { role: 'operator' } })
    t.like((await users.published()).at(-1), { data: { role: 'operator', previousRole: 'observer', rightsVersion: 3 } })
    t.like(await users.logIn('ada'), { status: 200, body: { role: 'operator' } })
  },
)

test.serial('nobody is made an observer while a service may run that does not know the role', async t => {
  const users = await aUserService(t)
  const [boss, ada] = [await users.anOperator(), await users.signUp('ada')]
  publishOnlyTypesOf('0.1.0')
  t.teardown(() => publishOnlyTypesOf('0.2.0'))
  t.like(await users.setRole(ada, 'observer', boss), { status: 409, body: { code: 'not_known_yet' } })
  t.like(await users.get('/me', ada), { status: 200, body: { role: 'customer' } })
})

test.serial('nobody takes or gives rights to themselves', async t => {
  const users = await aUserService(t)
  const boss = await users.anOperator()
  const ada = await users.anotherOperator('ada', boss)
  for (const refused of [
    await users.setRole(boss, 'customer', boss),
    await users.setRole(boss, 'operator', boss),
    await users.manage('disable', boss, boss),
    await users.manage('reset-password', boss, boss),
  ])
    t.like(refused, { status: 409, body: { code: 'own_account' } })
  t.is((await users.get('/users', ada)).status, 200)
})

test.serial('an operator whose role was taken does nothing with the token from before', async t => {
  const users = await aUserService(t)
  const boss = await users.anOperator()
  const ada = await users.anotherOperator('ada', boss)
  t.is((await users.get('/users', ada)).status, 200)
  await users.setRole(ada, 'customer', boss)
  t.is((await users.setRole(ada, 'operator', ada)).status, 401)
  t.is((await users.setRole(boss, 'customer', ada)).status, 401)
  t.is((await users.manage('disable', boss, ada)).status, 401)
  for (const path of ['/users', '/me', '/sessions']) t.is((await users.get(path, ada)).status, 401, path)
  const now = await users.refresh(ada)
  t.like(now, { status: 200, body: { role: 'customer' } })
  t.is((await users.get('/users', now)).status, 403)
})

test.serial(
  'a token of the release before, without a version of rights, is good while its role is that of the user',
  async t => {
    const users = await aUserService(t)
    const boss = await users.anOperator()
    const ada = await users.anotherOperator('ada', boss)
    const { rows } = await users.db.read.query<UserRow & { sessionId: string }>(`
    SELECT users.id, username, role, sessions.id AS sessionId FROM users JOIN sessions ON user_id = users.id
    WHERE username = 'ada' ORDER BY sessions.created_at DESC LIMIT 1`)
    const [row] = rows as [UserRow & { sessionId: string }]
    const old = { authorization: `Bearer ${accessToken(firstKeys, { ...row, rightsVersion: 0 }, row.sessionId)}` }
    t.is((await call(`${users.url}/users`, 'GET', undefined, old)).status, 200)
    await users.setRole(ada, 'customer', boss)
    t.is((await call(`${users.url}/users`, 'GET', undefined, old)).status, 401)
  },
)

for (const [what, act] of [
  ['take the role from each other', (users, whose, by) => users.setRole(whose, 'customer', by)],
  ['disable each other', (users, whose, by) => users.manage('disable', whose, by)],
] as [string, (users: Awaited<ReturnType<typeof aUserService>>, whose: Reply, by: Reply) => Promise<Reply>][])
  test.serial(`of two operators who ${what} at the same moment, one stays`, async t => {
    const users = await aUserService(t)
    const boss = await users.anOperator()
    for (let round = 0; round < 2; round++) {
      const ada = await users.anotherOperator(`ada${round}`, boss)
      const answers = await Promise.all([act(users, ada, boss), act(users, boss, ada)])
      const [done, ...refused] = answers.map(answer => answer.status).sort()
      t.is(done, 200)
      t.true([401, 403].includes(refused[0] ?? 0), String(refused[0]))
      const { rows } = await users.db.read.query("SELECT 1 FROM users WHERE role = 'operator' AND disabled_at IS NULL")
      t.is(rows.length, 1)
      await users.db.read.query("UPDATE users SET role = 'operator', disabled_at = NULL WHERE username = 'boss'")
      await users.db.read.query("UPDATE users SET role = 'customer' WHERE username <> 'boss'")
      Object.assign(boss, await users.logIn('boss'))
    }
  })

test.serial('who waits while the role is taken from them has it no more', async t => {
  const users = await aUserService(t)
  const boss = await users.anOperator()
  const ada = await users.anotherOperator('ada', boss)
  const { late } = await users.db.transaction(async tx => {
    const { user } = await lockForRights(tx, String(ada.body.id), String(boss.body.id))
    let isAnswered = false
    const late = users.setRole(boss, 'customer', ada).finally(() => {
      isAnswered = true
    })
    await users.untilItWaits(() => isAnswered)
    await saveRole(tx, user as UserRow, 'customer')
    return { late }
  })
  t.like(await late, { status: 403, body: { code: 'wrong_role' } })
})

test.serial(
  'a disabled user is out, cannot come in, and can after being enabled; what was ordered is not looked at',
  async t => {
    const users = await aUserService(t)
    const [boss, ada] = [await users.anOperator(), await users.signUp('ada')]
    const phone = await users.logIn('ada')
    t.like(await users.manage('disable', ada, boss), { status: 200, body: { username: 'ada', disabled: true } })
    for (const session of [ada, phone]) {
      t.is((await users.get('/me', session)).status, 401)
      t.is((await users.refresh(session)).status, 401)
    }
    t.like(await users.logIn('ada'), { status: 403, body: { code: 'account_disabled' } })
    t.is((await users.logIn('ada', 'wrong password')).status, 401, 'only who has the password is told')
    t.like((await users.get('/users?username=ada', boss)).body, { items: [{ username: 'ada', disabled: true }] })
    const events = (await users.published()).slice(-3)
    t.deepEqual(
      events.map(({ type, sequence, data }) => [type, sequence, data.reason ?? data.rightsVersion]),
      [
        ['session.revoked', 2, 'disabled'],
        ['session.revoked', 3, 'disabled'],
        ['user.disabled', 4, 2],
      ],
    )
    t.is((await users.manage('disable', ada, boss)).status, 200)
    t.is((await users.published()).at(-1)?.sequence, 4, 'who is disabled is not disabled again')
    t.like(await users.manage('enable', ada, boss), { status: 200, body: { disabled: false } })
    t.is((await users.published()).at(-1)?.type, 'user.enabled')
    t.is((await users.logIn('ada')).status, 200)
  },
)

test.serial('a sign-up that is repeated lets nobody in who is disabled, or has a password for one use', async t => {
  const users = await aUserService(t)
  const key = { 'idempotency-key': randomUUID() }
  const [boss, ada] = [await users.anOperator(), await users.signUp('ada', key)]
  const { body } = await users.manage('reset-password', ada, boss)
  t.is((await users.post('/signup', { username: 'ada', password: body.password }, key)).status, 409)
  await users.post('/login', { username: 'ada', password: body.password, newPassword: password })
  t.is((await users.signUp('ada', key)).status, 201)
  await users.manage('disable', ada, boss)
  t.is((await users.signUp('ada', key)).status, 409)
})

test.serial('who is disabled while logging in does not come in', async t => {
  const users = await aUserService(t)
  const ada = await users.signUp('ada')
  const { late } = await users.db.transaction(async tx => {
    const user = await lockUser(tx, String(ada.body.id))
    let isAnswered = false
    const late = users.logIn('ada').finally(() => {
      isAnswered = true
    })
    await users.untilItWaits(() => isAnswered)
    await saveDisabled(tx, user as UserRow)
    return { late }
  })
  t.is((await late).status, 401)
  t.is((await users.db.read.query('SELECT * FROM sessions')).rows.length, 1)
})

test.serial('types of events that consumers may not know are withheld; that sessions ended is said', async t => {
  const users = await aUserService(t)
  const [boss, ada] = [await users.anOperator(), await users.signUp('ada')]
  publishOnlyTypesOf('0.1.0')
  try {
    await users.manage('disable', ada, boss)
    await users.manage('enable', ada, boss)
    await users.manage('reset-password', ada, boss)
  } finally {
    publishOnlyTypesOf('0.2.0')
  }
  t.deepEqual(
    (await users.published()).map(({ type }) => type),
    ['user.signed_up', 'user.signed_up', 'session.revoked'],
  )
})

test.serial('another password ends every session but the one that begins with it', async t => {
  const users = await aUserService(t)
  const [desk, phone] = [await users.signUp('ada'), await users.logIn('ada')]
  const change = (body: object, by = desk) => users.post('/me/password', body, bearer(by))
  const good = { password, newPassword: 'battery staple' }
  t.like(await change({ ...good, password: 'a guess' }), { status: 403, body: { code: 'wrong_password' } })
  t.like(await change({ ...good, newPassword: 'aaaaaaaa' }), { status: 422, body: { code: 'invalid' } })
  t.is((await users.get('/me', phone)).status, 200)
  const changed = await change(good)
  t.like(changed, { status: 200, body: { username: 'ada' } })
  for (const session of [desk, phone]) {
    t.is((await users.get('/me', session)).status, 401)
    t.is((await users.refresh(session)).status, 401)
  }
  t.is((await users.get('/me', changed)).status, 200)
  t.is((await users.refresh(changed)).status, 200)
  t.is((await users.logIn('ada')).status, 401)
  t.is((await users.logIn('ada', 'battery staple')).status, 200)
  const events = (await users.published()).slice(-3)
  t.deepEqual(
    events.map(({ type, data }) => [type, data.reason ?? data.changedBy]),
    [
      ['session.revoked', 'password_changed'],
      ['session.revoked', 'password_changed'],
      ['user.password_changed', desk.body.id],
    ],
  )
})

test.serial('with a stolen token a password cannot be guessed without limit', async t => {
  const users = await aUserService(t)
  const ada = await users.signUp('ada')
  const guess = (n: number) =>
    users.post('/me/password', { password: `guess ${n}`, newPassword: 'battery staple' }, bearer(ada))
  for (let n = 0; n < loginLimits.here.most; n++) t.is((await guess(n)).status, 403)
  t.is((await guess(0)).status, 429)
})

test.serial('a password for one use is good for choosing another one, and for nothing else', async t => {
  const users = await aUserService(t)
  const [boss, ada] = [await users.anOperator(), await users.signUp('ada')]
  const given = await users.manage('reset-password', ada, boss)
  const once = String(given.body.password)
  t.regex(once, /^([a-z2-9]{5}-){3}[a-z2-9]{5}$/)
  t.is((await users.get('/me', ada)).status, 401)
  t.is((await users.logIn('ada')).status, 401)
  t.like(await users.logIn('ada', once), { status: 403, body: { code: 'new_password_required' } })
  const choose = (newPassword: string) => users.post('/login', { username: 'ada', password: once, newPassword })
  t.is((await choose('aaaaaaaa')).status, 422)
  t.is((await choose(once)).status, 422, 'an operator knows it')
  t.is((await choose('battery staple')).status, 200)
  t.is((await choose('battery staple')).status, 401, 'it was used')
  t.is((await users.logIn('ada', 'battery staple')).status, 200)
  const both = { username: 'ada', password: 'battery staple', newPassword: 'another password' }
  t.like(await users.post('/login', both), { status: 409, body: { code: 'not_for_one_use' } })
  const text = JSON.stringify([
    await users.published(),
    (await users.db.read.query('SELECT * FROM idempotency_keys')).rows,
  ])
  t.false(text.includes(once))
})

test.serial('a password for one use is good for a day', async t => {
  const users = await aUserService(t)
  const [boss, ada] = [await users.anOperator(), await users.signUp('ada')]
  const { body } = await users.manage('reset-password', ada, boss)
  await users.db.read.query('UPDATE users SET one_use_until = one_use_until - INTERVAL 1 DAY WHERE one_use_until > 0')
  const late = await users.post('/login', { username: 'ada', password: body.password, newPassword: 'battery staple' })
  t.like(late, { status: 403, body: { code: 'password_expired' } })
})

test.serial('operators see the sessions of others, and end them', async t => {
  const users = await aUserService(t)
  const [boss, ada] = [await users.anOperator(), await users.signUp('ada')]
  const path = `/users/${String(ada.body.id)}/sessions`
  t.is((await users.get(path, ada)).status, 403)
  const [session] = (await users.get(path, boss)).body.items as { id: string; current: boolean }[]
  t.false(session?.current)
  const end = (by: Reply) => call(`${users.url}${path}/${session?.id}`, 'DELETE', undefined, bearer(by))
  t.is((await end(ada)).status, 403)
  t.is((await end(boss)).status, 204)
  t.is((await end(boss)).status, 404)
  t.is((await users.get('/me', ada)).status, 401)
  t.is((await users.published()).at(-1)?.data.reason, 'revoked')
})

test.serial('what an operator does to users is recorded with who, on whom and why, and only what was done', async t => {
  const users = await aUserService(t)
  const [boss, ada] = [await users.anOperator(), await users.signUp('ada')]
  const on = { kind: 'user', id: String(ada.body.id) }
  const post = (what: string, body?: object) => users.post(`/users/${on.id}/${what}`, body, bearer(boss))
  await users.setRole(ada, 'customer', boss) // is one already
  await users.setRole(ada, 'operator', boss)
  await post('disable', { reason: 'left the company' })
  await post('disable') // is disabled already
  await post('enable')
  await post('unlock')
  await post('reset-password', { reason: 'forgot it' })
  t.is((await users.manage('disable', ada, ada)).status, 403)
  const { id: userId, username } = boss.body as { id: string; username: string }
  const acts = await actsOf(users.db)
  t.true(acts.every(({ by }) => by.userId === userId && by.username === username && by.role === 'operator'))
  t.deepEqual(
    acts.map(({ act, on: whom, reason, detail }) => [act, whom, reason, detail]),
    [
      ['user.role_changed', on, undefined, 'ada: customer -> operator'],
      ['user.disabled', on, 'left the company', 'ada'],
      ['user.enabled', on, undefined, 'ada'],
      ['user.unlocked', on, undefined, 'ada'],
      ['user.password_reset', on, 'forgot it', 'ada'],
    ],
  )
})

test.serial('ending the session of another is recorded, ending one of your own is not', async t => {
  const users = await aUserService(t)
  const [boss, ada] = [await users.anOperator(), await users.signUp('ada')]
  const sessionOf = async (who: Reply) => {
    const { items } = (await users.get('/sessions', who)).body as { items: { id: string }[] }
    return `/users/${String(who.body.id)}/sessions/${items[0]?.id}`
  }
  const end = (path: string) => call(`${users.url}${path}?reason=lost+laptop`, 'DELETE', undefined, bearer(boss))
  t.is((await end(await sessionOf(ada))).status, 204)
  t.is((await end(await sessionOf(boss))).status, 204)
  t.deepEqual(
    (await actsOf(users.db)).map(({ act, reason, detail }) => [act, reason, detail]),
    [['session.revoked', 'lost laptop', 'ada']],
  )
})

test.serial('a user is found by the whole name, however many names hold it', async t => {
  const users = await aUserService(t)
  const boss = await users.anOperator()
  for (const name of ['a-boss', 'boss-2']) await users.signUp(name)
  const found = (await users.get('/users?username=BOSS', boss)).body.items as { username: string }[]
  t.deepEqual(
    found.map(one => one.username),
    ['boss'],
  )
})

test.serial('users are paged by name', async t => {
  const users = await aUserService(t)
  const boss = await users.anOperator()
  for (const name of ['ann', 'ben', 'cat']) await users.signUp(name)
  const first = (await users.get('/users?limit=3', boss)).body
  t.is(first.nextCursor, 'boss')
  t.deepEqual(
    (
      (await users.get(`/users?limit=3&cursor=${String(first.nextCursor)}`, boss)).body.items as { username: string }[]
    ).map(one => one.username),
    ['cat'],
  )
})

test.serial('the first operator is made once; once there is one, the settings mean nothing', async t => {
  const users = await aUserService(t)
  const boss = await users.anOperator()
  const ada = await users.anotherOperator('ada', boss)
  await users.manage('disable', boss, ada)
  for (const [name, word] of [
    ['boss', 'another password'],
    ['chief', 'another password'],
    ['chief', 'password1'],
    ['chief', undefined],
  ])
    await firstOperator(
      { BOOTSTRAP_OPERATOR_USERNAME: name, BOOTSTRAP_OPERATOR_PASSWORD: word },
      logger('test', 'fatal'),
      wrong => t.fail(wrong.join()) as never,
    )(users.db)
  t.is((await users.logIn('boss', 'another password')).status, 401)
  t.is((await users.logIn('chief', 'another password')).status, 401)
})

test.serial('user-service ends with 78 and says why: a weak first password', async t => {
  const { url } = await aMysqlDatabase(t)
  const { status, output } = await ended(url, {
    BOOTSTRAP_OPERATOR_USERNAME: 'boss',
    BOOTSTRAP_OPERATOR_PASSWORD: 'admin',
  })
  t.is(status, 78)
  t.regex(output, /BOOTSTRAP_OPERATOR_PASSWORD: must have at least 8 characters/)
  t.notRegex(output, /admin/)
})

test.serial('a common password is refused, wherever one is chosen', async t => {
  const users = await aUserService(t)
  const [boss, ada] = [await users.anOperator(), await users.signUp('ada')]
  const refused = { status: 422, body: { code: 'invalid' } }
  t.like(await users.post('/signup', { username: 'ben', password: 'Password1' }), refused)
  t.like(await users.post('/me/password', { password, newPassword: 'Password1' }, bearer(ada)), refused)
  const { body } = await users.manage('reset-password', ada, boss)
  t.like(await users.post('/login', { username: 'ada', password: body.password, newPassword: 'Password1' }), refused)
})

test.serial('a password is good as another keyboard writes it; an old hash of what was typed is renewed', async t => {
  const users = await aUserService(t)
  const typed = 'cafe\u0301 fine'
  await users.post('/signup', { username: 'ada', password: typed })
  t.is((await users.logIn('ada', 'caf\u00e9 fine')).status, 200)
  await users.db.read.query('UPDATE users SET password_hash = ?', [hashOfTyped])
  t.is((await users.logIn('ada', 'caf\u00e9 fine')).status, 401, 'release 0.1.0 did not know that')
  t.is((await users.logIn('ada', typed)).status, 200)
  t.is((await users.logIn('ada', 'caf\u00e9 fine')).status, 200)
})

test.serial('the published keys verify the tokens', async t => {
  const users = await aUserService(t)
  const { body } = await call(`${users.url}/.well-known/jwks.json`, 'GET')
  t.deepEqual(
    (body.keys as { kid: string; alg: string }[]).map(({ kid, alg }) => [kid, alg]),
    firstKeys.map(({ kid }) => [kid, 'ES256']),
  )
})

test.serial('what is old is forgotten', async t => {
  const users = await aUserService(t)
  await users.signUp('ada')
  await users.logIn('ada', 'wrong password')
  await users.db.read.query('UPDATE sessions SET expires_at = UTC_TIMESTAMP(3) - INTERVAL 1 SECOND')
  await users.db.read.query('UPDATE login_attempts SET at = at - INTERVAL 25 HOUR')
  await users.db.read.query('UPDATE signup_attempts SET at = at - INTERVAL 1 HOUR')
  await users.db.read.query('UPDATE known_addresses SET last_at = last_at - INTERVAL 31 DAY')
  t.is(await forget(users.db), 4)
  t.is(await forget(users.db), 0)
})

test.serial('attempts count for their whole window: the sweep leaves the younger ones', async t => {
  const users = await aUserService(t)
  await users.signUp('ada')
  for (let n = 0; n < loginLimits.here.most; n++) await users.logIn('ada', `a guess ${n}`)
  await users.db.read.query('UPDATE login_attempts SET at = at - INTERVAL 14 MINUTE')
  await users.db.read.query('UPDATE signup_attempts SET at = at - INTERVAL 14 MINUTE')
  t.is(await forget(users.db), 0)
  t.is((await users.logIn('ada')).status, 429)
  await users.db.read.query('UPDATE login_attempts SET at = at - INTERVAL 2 MINUTE')
  t.is((await users.logIn('ada')).status, 200)
  await users.db.read.query('UPDATE login_attempts SET at = at - INTERVAL 23 HOUR')
  t.is((await users.db.read.query('SELECT * FROM login_attempts')).rows.length, loginLimits.here.most)
  t.is(await forget(users.db), 0)
})

test.serial('attempts to sign up and to log in are counted by outcome', async t => {
  const users = await aUserService(t)
  const counted = async () => {
    const text = await registry.metrics()
    const found = text.matchAll(/^docket_(\w+)_total\{.*outcome="(\w+)".*\} (\d+)$/gm)
    return new Map([...found].map(([, name, outcome, count]) => [`${name} ${outcome}`, Number(count)]))
  }
  const before = await counted()
  await users.signUp('ada')
  await users.signUp('ada')
  await users.logIn('ada')
  await users.logIn('ada', 'a guess')
  await users.logIn('nobody')
  const grown = [...(await counted())].map(([name, count]) => [name, count - (before.get(name) ?? 0)])
  t.deepEqual(Object.fromEntries(grown), {
    'signups succeeded': 1,
    'signups taken': 1,
    'signups limited': 0,
    'logins succeeded': 1,
    'logins refused': 2,
    'logins limited': 0,
  })
})

test.serial('sessions that somebody ended are kept for a day, then forgotten; each end has its index', async t => {
  const { db, ...users } = await aUserService(t)
  const ada = await users.signUp('ada')
  await users.post('/logout', undefined, withRefresh(ada))
  t.is(await forget(db), 0)
  await db.read.query('UPDATE sessions SET revoked_at = revoked_at - INTERVAL 25 HOUR')
  t.is(await forget(db), 1)
  const { rows } = await db.read.query<{ column: string }>(`
    SELECT column_name AS \`column\` FROM information_schema.statistics WHERE table_schema = DATABASE() AND table_name = 'sessions' AND seq_in_index = 1`)
  const indexed = rows.map(row => row.column)
  for (const column of ['expires_at', 'revoked_at']) t.true(indexed.includes(column), column)
})
