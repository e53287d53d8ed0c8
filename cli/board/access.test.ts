import test from 'ava'
import { keyring, linkMs, refusalOf } from './access.ts'

const opening = { 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'navigate', 'sec-fetch-dest': 'document' }

for (const [what, headers] of [
  ['its own page', { host: '127.0.0.1:4100', origin: 'http://127.0.0.1:4100', 'sec-fetch-site': 'same-origin' }],
  ['a forwarded port with another number', { host: 'localhost:9', origin: 'http://localhost:9' }],
  ['a forwarded port of IPv6', { host: '[::1]:9000', origin: 'http://[::1]:9000', 'sec-fetch-site': 'same-origin' }],
  ['an address typed by its user', { host: 'localhost:4100', 'sec-fetch-site': 'none' }],
  ['a program', { host: '127.0.0.1:4100' }],
  ['the file that opens it', { host: '127.0.0.1:4100', ...opening }],
] as const)
  test(`the board answers ${what}`, t => t.is(refusalOf({ method: 'GET', headers }), undefined))

for (const [what, headers] of [
  ['a name that was rebound', { host: 'board.example:4100', 'sec-fetch-site': 'same-origin' }],
  ['a name that begins like one of ours', { host: 'localhost.example' }],
  ['a request without a name', {}],
  ['a page on another port', { host: 'localhost:1', origin: 'http://localhost:2', 'sec-fetch-site': 'same-site' }],
  ['a page on another port that sends no origin', { host: 'localhost:1', 'sec-fetch-site': 'same-site' }],
  ['a page from elsewhere', { host: 'localhost:1', 'sec-fetch-site': 'cross-site', 'sec-fetch-mode': 'cors' }],
  ['a page without an origin', { host: 'localhost:1', origin: 'null' }],
  ['a frame of another page', { host: 'localhost:1', ...opening, 'sec-fetch-dest': 'iframe' }],
] as const)
  test(`the board does not answer ${what}`, t => t.truthy(refusalOf({ method: 'GET', headers })))

test('no page from elsewhere can send anything', t => {
  t.truthy(refusalOf({ method: 'POST', headers: { host: 'localhost:1', ...opening } }))
})

test('a link is good once, and its key as long as the board runs', t => {
  const keys = keyring()
  const token = keys.link()
  t.false(keys.isKey(token))
  const key = keys.exchange(token)
  t.true(keys.isKey(key))
  t.is(keys.exchange(token), undefined)
  t.true(keys.isKey(key))
})

test('a link is good for a minute', t => {
  let now = 0
  const keys = keyring(() => now)
  const [first, second] = [keys.link(), keys.link()]
  now = linkMs - 1
  t.truthy(keys.exchange(first))
  now = linkMs
  t.is(keys.exchange(second), undefined)
})

test('nothing but a key is a key', t => {
  const keys = keyring()
  keys.exchange(keys.link())
  for (const one of [undefined, '', 'x', ['x']]) t.false(keys.isKey(one))
})
