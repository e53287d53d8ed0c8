import test from 'ava'
import fc from 'fast-check'
import { Failure } from '../failure.ts'
import { formatMoney } from '@docket/contract/money.ts'
import { parseMoney } from './money.ts'

const cases: [text: string, currency: string, minor: number][] = [
  ['4.50', 'EUR', 450],
  ['0.05', 'EUR', 5],
  ['12', 'EUR', 1_200],
  ['4.5', 'EUR', 450],
  ['450', 'JPY', 450],
  ['1.234', 'KWD', 1_234],
  ['1.5', 'OMR', 1_500],
  ['1.2345', 'CLF', 12_345],
  ['0', 'EUR', 0],
  ['99.90', 'HUF', 9_990],
]
for (const [text, currency, minor] of cases)
  test(`${text} ${currency} are ${minor} minor units`, t => t.is(parseMoney(text, currency), minor))

const shown: [minor: number, currency: string, text: string][] = [
  [450, 'EUR', '4.50'],
  [5, 'EUR', '0.05'],
  [0, 'EUR', '0.00'],
  [450, 'JPY', '450'],
  [1_234, 'KWD', '1.234'],
  [-450, 'EUR', '-4.50'],
  [Number.MAX_SAFE_INTEGER, 'EUR', '90071992547409.91'],
]
for (const [minor, currency, text] of shown)
  test(`${minor} minor units of ${currency} are shown as ${text}`, t => t.is(formatMoney(minor, currency), text))

for (const text of ['4,50', '', 'free', '-1', '1e3', '4.505', '.5', '4.', 'Infinity']) {
  test(`"${text}" is no amount of EUR`, t => t.throws(() => parseMoney(text, 'EUR'), { instanceOf: Failure }))
}

test('a currency without decimals accepts none', t =>
  t.throws(() => parseMoney('4.50', 'JPY'), { message: /without decimals/ }))

test('what is shown is read back as it was, to the last cent', t => {
  fc.assert(
    fc.property(
      fc.integer({ min: 0, max: 999_999_999_999_999 }),
      fc.constantFrom('EUR', 'JPY', 'KWD'),
      (minor, currency) => {
        const text = formatMoney(minor, currency)
        return text.replace(/\..*/, '').length > 13 || parseMoney(text, currency) === minor
      },
    ),
  )
  t.pass()
})
