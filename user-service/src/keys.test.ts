import { generateKeyPairSync } from 'node:crypto'
import test from 'ava'
import { derivedSecret, jwks, signingKeys } from './keys.ts'

const pem = (curve: string) =>
  generateKeyPairSync('ec', { namedCurve: curve }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString()

test('several keys are read: the first signs, all are published', t => {
  const [one, two] = [pem('P-256'), pem('P-256')]
  const keys = signingKeys.parse(one + two)
  t.is(keys.length, 2)
  t.deepEqual(
    jwks(keys).keys.map(key => key.kid),
    keys.map(key => key.kid),
  )
  t.is(signingKeys.parse(one)[0]?.kid, keys[0]?.kid, 'the same key has the same id everywhere')
})

test('parameters of the curve before a key, spaces around it, and line ends in the form of an environment file do no harm', t => {
  const parameters = '-----BEGIN EC PARAMETERS-----\nBggqhkjOPQMBBw==\n-----END EC PARAMETERS-----\n'
  const one = pem('P-256')
  for (const text of [parameters + one, ` \n${one}\n\n`, one.replaceAll('\n', '\\n'), one.replaceAll('\n', '\r\n')])
    t.is(signingKeys.parse(text).length, 1)
})

test('nothing secret is published', t => {
  for (const key of jwks(signingKeys.parse(pem('P-256'))).keys) t.false('d' in key)
})

const refused: [string, string][] = [
  ['no key', 'no key at all'],
  ['a key of another curve', pem('P-384')],
  [
    'an RSA key',
    generateKeyPairSync('rsa', { modulusLength: 2_048 }).privateKey.export({ type: 'pkcs8', format: 'pem' }).toString(),
  ],
  ['a broken key', pem('P-256').replace(/M[A-Z]/, '!!')],
  ['a second key that is cut off', pem('P-256') + pem('P-256').slice(0, 100)],
  ['a second key that is cut off in its first line', pem('P-256') + pem('P-256').slice(0, 20)],
  ['a first key that is cut off', pem('P-256').slice(0, 100) + pem('P-256')],
  ['a key without its beginning before another', pem('P-256').slice(40) + pem('P-256')],
]
for (const [what, text] of refused)
  test(`the service does not start with ${what}`, t => t.false(signingKeys.safeParse(text).success))

test('secrets for different purposes differ', t => {
  const keys = signingKeys.parse(pem('P-256'))
  t.notDeepEqual(derivedSecret(keys, 'one'), derivedSecret(keys, 'another'))
  t.deepEqual(derivedSecret(keys, 'one'), derivedSecret(keys, 'one'))
})
