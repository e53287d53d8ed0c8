import test from 'ava'
import { isRefused, type Refused } from '@docket/chassis/refused.ts'
import {
  isCurrent,
  loginLimits,
  mayBecome,
  mayBeDisabled,
  mayBeReset,
  mayEnter,
  maySignUp,
  mayTry,
  signupLimits,
  usernameOf,
  weakness,
  type Attempts,
  type Claims,
  type User,
} from './user.ts'
import { Id, NewUser } from './user.shapes.ts'

test('Ada and ada are one', t => t.is(usernameOf(' Ada '), 'ada'))

const bad: [string, unknown][] = [
  ['a password that is the username', { username: 'ada.lovelace', password: 'Ada.Lovelace' }],
  ['a password that is too short', { username: 'ada', password: 'short' }],
  ['a password of one letter', { username: 'ada', password: 'aaaaaaaaaaaa' }],
  [
    'a password that is short once letters are put together',
    { username: 'ada', password: 'e\u0301a\u0301o\u0301u\u0301i\u0301' },
  ],
  ['a password that is too long', { username: 'ada', password: 'x'.repeat(201) }],
  ['a username that is too short', { username: 'ad', password: 'good enough' }],
  ['a username with a space in it', { username: 'a da', password: 'good enough' }],
  ['a username that begins with a dash', { username: '-ada', password: 'good enough' }],
  ["a role of one's own choice", { username: 'ada', password: 'good enough', role: 'operator' }],
]
for (const [what, body] of bad)
  test(`a sign-up is rejected with ${what}`, t => t.false(NewUser.safeParse(body).success))

test('a valid name and a valid password are accepted unchanged', t => {
  t.deepEqual(NewUser.parse({ username: 'Ada_1.x', password: ' spaces and 🔑 are fine ' }), {
    username: 'ada_1.x',
    password: ' spaces and 🔑 are fine ',
  })
  t.is(weakness('ada', 'correct horse'), undefined)
})

test('an id in capitals is the same id', t => {
  t.is(Id.parse({ id: '01981B2C-7D3E-7A10-8C4F-2B6D9E0F1A23' }).id, '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23')
})

const now = new Date('2026-01-31T12:00:00.000Z')
const someUser = (more: Partial<User> = {}): User => ({
  id: 'ada',
  username: 'ada',
  role: 'operator',
  version: 1,
  rightsVersion: 3,
  disabledAt: null,
  ...more,
})
const by = (id: string, operators: number) => ({ id, operators })

const rights: [rule: string, decision: Refused | undefined, expected: string | undefined][] = [
  ['an operator takes the role from another', mayBecome(someUser(), 'customer', by('boss', 2)), undefined],
  ['an operator makes another', mayBecome(someUser({ role: 'customer' }), 'operator', by('boss', 1)), undefined],
  ['the last operator stays one', mayBecome(someUser(), 'customer', by('boss', 1)), 'last_operator'],
  ['nobody takes the own role', mayBecome(someUser(), 'customer', by('ada', 2)), 'own_account'],
  ['nobody gives the own role', mayBecome(someUser({ role: 'customer' }), 'operator', by('ada', 1)), 'own_account'],
  [
    'a disabled operator is not the last',
    mayBecome(someUser({ disabledAt: now }), 'customer', by('boss', 1)),
    undefined,
  ],
  ['an operator disables another', mayBeDisabled(someUser(), by('boss', 2)), undefined],
  ['an operator disables a customer', mayBeDisabled(someUser({ role: 'customer' }), by('boss', 1)), undefined],
  ['the last operator stays enabled', mayBeDisabled(someUser(), by('boss', 1)), 'last_operator'],
  ['nobody disables themselves', mayBeDisabled(someUser({ role: 'customer' }), by('ada', 1)), 'own_account'],
  ['an operator gives another a password', mayBeReset(someUser(), by('boss', 2)), undefined],
  ['nobody gives themselves a password', mayBeReset(someUser(), by('ada', 2)), 'own_account'],
]
for (const [rule, decision, expected] of rights) test(rule, t => t.is(decision?.refused, expected))

const tokens: [rule: string, user: User, token: Claims, isCurrent: boolean][] = [
  ['a token says what is so', someUser(), { role: 'operator', rightsVersion: 3 }, true],
  ['a token from before a change is none', someUser(), { role: 'operator', rightsVersion: 2 }, false],
  ['a token of a disabled user is none', someUser({ disabledAt: now }), { role: 'operator', rightsVersion: 3 }, false],
  ['a token of another role is none', someUser({ role: 'customer' }), { role: 'operator', rightsVersion: 3 }, false],
  ['a token of the release before has no version', someUser(), { role: 'operator', rightsVersion: 0 }, true],
  [
    'and is none when its role is another',
    someUser({ role: 'customer' }),
    { role: 'operator', rightsVersion: 0 },
    false,
  ],
]
for (const [rule, user, token, expected] of tokens) test(rule, t => t.is(isCurrent(user, token), expected))

const tomorrow = new Date(now.getTime() + 1)
const entries: [
  rule: string,
  user: Parameters<typeof mayEnter>[0],
  isChanging: boolean,
  expected: string | undefined,
][] = [
  ['a password lets in', { disabledAt: null, oneUseUntil: null }, false, undefined],
  ['a password to stay is not changed by a login', { disabledAt: null, oneUseUntil: null }, true, 'not_for_one_use'],
  ['one for one use needs another one', { disabledAt: null, oneUseUntil: tomorrow }, false, 'new_password_required'],
  ['with another one it lets in', { disabledAt: null, oneUseUntil: tomorrow }, true, undefined],
  ['too late is too late', { disabledAt: null, oneUseUntil: now }, true, 'password_expired'],
  ['who is disabled does not come in', { disabledAt: now, oneUseUntil: tomorrow }, true, 'account_disabled'],
]
for (const [rule, user, isChanging, expected] of entries)
  test(rule, t => t.is(mayEnter(user, { isChanging, now })?.refused, expected))

const minutes = 60_000
const ago = (ms: number) => new Date(now.getTime() - ms)
const many = (count: number, ms: number) => Array.from({ length: count }, (_, n) => ago(ms - (count - 1 - n) * 1_000))
const { here, address, strangers } = loginLimits
const day = strangers.windowMs

const attempts: [rule: string, given: Partial<Attempts>, waitsSeconds: number | undefined][] = [
  ['nobody failed', {}, undefined],
  ['fewer than the limit', { here: many(here.most - 1, 5 * minutes) }, undefined],
  ['ten of a name from one address wait', { here: many(here.most, 5 * minutes) }, 600],
  ['also where the name is known', { here: many(here.most, 5 * minutes), isKnown: true }, 600],
  ['until the first of the last ten is out of the window', { here: many(here.most, here.windowMs - 1) }, 1],
  ['and not longer', { here: many(here.most, here.windowMs) }, undefined],
  ['many names from one address wait', { address: many(address.most, 10 * minutes) }, 300],
  ['strangers wait for a day', { strangers: many(strangers.most, day / 2) }, day / 2_000],
  ['but not who is known here', { strangers: many(strangers.most, day / 2), isKnown: true }, undefined],
  ['fewer strangers', { strangers: many(strangers.most - 1, day / 2) }, undefined],
  [
    'the longest wait counts',
    { here: many(here.most, 5 * minutes), strangers: many(strangers.most, day - 2 * minutes) },
    600,
  ],
]
for (const [rule, given, waits] of attempts)
  test(`an attempt to log in: ${rule}`, t => {
    const no = mayTry({ here: [], address: [], strangers: [], isKnown: false, ...given }, now)
    t.is(no?.facts?.retryAfterSeconds, waits)
  })

test('sign-ups are limited by address', t => {
  t.is(maySignUp(signupLimits.perAddress), undefined)
  t.true(isRefused(maySignUp(signupLimits.perAddress + 1)))
})
