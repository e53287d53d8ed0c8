import test from 'ava'
import { differences, salesLines } from './sales.ts'

const mug = { key: 'mug', currency: 'EUR', orders: 2, pieces: 3, gross: 900, cancelled: 300, returned: 100, net: 500 }
const plate = { ...mug, key: 'plate', net: 400 }
const tea = { ...mug, key: 'tea', currency: 'CHF', net: 50 }
const eur = { currency: 'EUR', captured: 1_000, refunded: 230, owed: 0, goodwill: 130, kept: 770 }

test('goodwill is a line of its own, and the total of each currency is what remains', t => {
  const lines = salesLines([mug, plate, tea], [eur])
  t.deepEqual(
    lines.map(({ line, key, currency, net }) => [line, key, currency, net]),
    [
      ['sales', 'tea', 'CHF', 50],
      ['total', undefined, 'CHF', 50],
      ['sales', 'mug', 'EUR', 500],
      ['sales', 'plate', 'EUR', 400],
      ['goodwill', undefined, 'EUR', -130],
      ['total', undefined, 'EUR', 770],
    ],
  )
  t.deepEqual(differences(lines, [eur]), [{ currency: 'CHF', sold: 50, kept: 0 }])
})

test('no total is claimed while it is not known what was given as goodwill', t => {
  t.deepEqual(
    salesLines([mug], undefined).map(({ line }) => line),
    ['sales'],
  )
})
