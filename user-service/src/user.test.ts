import test from 'ava'
import { isRefused } from '@docket/chassis/refused.ts'
import { loginLimits, mayBecome, maySignUp, mayTry, signupLimits, usernameOf, weakness } from './user.ts'
import { Id, NewUser } from './user.shapes.ts'

test('Ada and ada are one', t => t.is(usernameOf(' Ada '), 'ada'))

const bad: [string, unknown][] = [
  ['a password that is the username', { username: 'ada.lovelace', password: 'Ada.Lovelace' }],
  ['a password that is too short', { username: 'ada', password: 'short' }],
  ['a password of one letter', { username: 'ada', password: 'aaaaaaaaaaaa' }],
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

test('the last operator stays one', t => {
  t.true(isRefused(mayBecome({ role: 'operator' }, 'customer', 1)))
  t.is(mayBecome({ role: 'operator' }, 'customer', 2), undefined)
  t.is(mayBecome({ role: 'customer' }, 'operator', 1), undefined)
})

test('attempts to log in are limited by name and by address', t => {
  t.is(mayTry({ ofUsername: loginLimits.perUsername, ofAddress: 1 }), undefined)
  t.true(isRefused(mayTry({ ofUsername: loginLimits.perUsername + 1, ofAddress: 1 })))
  t.true(isRefused(mayTry({ ofUsername: 1, ofAddress: loginLimits.perAddress + 1 })))
})

test('sign-ups are limited by address', t => {
  t.is(maySignUp(signupLimits.perAddress), undefined)
  t.true(isRefused(maySignUp(signupLimits.perAddress + 1)))
})
