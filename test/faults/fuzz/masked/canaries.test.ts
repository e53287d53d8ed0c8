import test from 'ava'
import { canaries } from './canaries.ts'

const { text, token, hint, foundIn } = canaries(() => 0.42)
const secret = text('name')

const ways: Record<string, (value: string) => string> = {
  'as it is': value => value,
  'in JSON': value => JSON.stringify({ value }),
  'in JSON in JSON': value => JSON.stringify(JSON.stringify({ value })),
  'in upper case': value => value.toUpperCase(),
  'in lower case': value => value.toLowerCase(),
  'in a URL': value => encodeURIComponent(value),
  'with every byte encoded, as in a URL': value =>
    Buffer.from(value)
      .toString('hex')
      .replaceAll(/../g, pair => `%${pair}`),
  'in base64': value => Buffer.from(value).toString('base64'),
  'in base64, one byte later': value => Buffer.from(`{${value}`).toString('base64'),
  'in base64, two bytes later': value => Buffer.from(`{"${value}`).toString('base64'),
  'in base64 for URLs': value => Buffer.from(value).toString('base64url'),
  'in base64, in upper case before': value => Buffer.from(value.toUpperCase()).toString('base64'),
  'in hex': value => Buffer.from(value).toString('hex'),
  'as escapes of JSON': value =>
    [...value].map(one => `\\u${one.charCodeAt(0).toString(16).padStart(4, '0')}`).join(''),
  'as entities of HTML': value => [...value].map(one => `&#${one.charCodeAt(0)};`).join(''),
}

for (const [way, write] of Object.entries(ways))
  test(`a canary is found ${way}`, t => {
    for (const value of [secret, token('name')]) t.truthy(foundIn(`before it ${write(value)} after it`), write(value))
  })

test('a canary is found when its end is cut off, or its beginning', t => {
  t.truthy(foundIn(secret.slice(0, secret.indexOf('<') - 4)))
  t.truthy(foundIn(secret.slice(secret.indexOf("'") + 5)))
})

test('nothing is found where there is none, nor in a filter that guesses', t => {
  t.is(foundIn(`{"id":"01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23","paymentToken":"(masked)"} include=${hint}`), undefined)
})

test('what is found tells where it was planted', t => t.regex(foundIn(text('line1')) ?? '', /line1/))
