import test from 'ava'
import fc from 'fast-check'
import { fieldsOf } from './generated/sensitivity.ts'
import { mask, masked, maskText } from './mask.ts'

const orderId = '01981b2c-7d3e-7a10-8c4f-2b6d9e0f1a23'
const order = {
  orderId,
  customerId: '01981b2c-0000-7a10-8c4f-2b6d9e0f1a01',
  lines: [{ sku: 'mug', quantity: 2, unitPrice: 450 }],
  total: 900,
  currency: 'EUR',
  paymentToken: 'tok_ok',
  shippingAddress: { name: 'Ada Moor', line1: 'Hafenstrasse 4', postalCode: '20457', city: 'Hamburg', country: 'DE' },
  expiresAt: '2026-01-31T12:15:00.000Z',
}

test('payment and personal data are masked, all else is shown', t =>
  t.deepEqual(mask('order.created', order), { ...order, paymentToken: masked, shippingAddress: masked }))

test('personal data are shown to who may see them, payment data never', t =>
  t.deepEqual(mask('order.created', order, 'personal'), { ...order, paymentToken: masked }))

test('a field that the contract does not know is masked, with its name', t =>
  t.deepEqual(mask('order.completed', { orderId, tok_1: 'tok_2' }), { orderId, [masked]: masked }))

test('of a record that breaks the contract only ids, truth values and known names are left', t =>
  t.deepEqual(mask('order.created', { ...order, lines: 'tok_1', total: 20457, isGift: true, paymentToken: null }), {
    ...Object.fromEntries(Object.keys(order).map(name => [name, masked])),
    orderId,
    customerId: order.customerId,
    paymentToken: null,
    shippingAddress: { name: masked, [masked]: masked },
    [masked]: masked,
  }))

for (const type of ['order.invented', null])
  test(`nothing is shown of a record of type ${type} but ids`, t =>
    t.deepEqual(mask(type, { orderId, total: 4, reason: 'tok_1' }), { orderId, total: masked, reason: masked }))

test('a record that is nested without end is masked, and breaks nothing', t => {
  const deep = JSON.parse('['.repeat(5_000) + '"tok_1"' + ']'.repeat(5_000)) as unknown
  t.notRegex(JSON.stringify(mask('order.created', deep)), /tok/)
})

test('a text about an event loses what may not be seen of it, however it is written', t => {
  const text = 'Key (token)=(tok_"1") of Ada Moor, Hafenstrasse 4: {"token":"tok_\\"1\\""} for mug'
  const data = { ...order, paymentToken: 'tok_"1"' }
  t.is(
    maskText(text, data, mask('order.created', data)),
    `Key (token)=(${masked}) of ${masked}, ${masked}: {"token":"${masked}"} for mug`,
  )
})

test('a text about an event loses a hidden value to its last letter, also one that begins like another', t => {
  const data = { ...order, shippingAddress: { ...order.shippingAddress, name: 'Quay', line1: 'Quay 17' } }
  t.is(maskText('nobody lives at Quay 17', data, mask('order.created', data)), `nobody lives at ${masked}`)
})

const secret = 'Zq7-secret'

test('whatever a record holds and wherever, no masked value is left of it', t => {
  const anywhere = fc.object({ key: fc.constantFrom(...Object.keys(order), secret), values: [fc.constant(secret)] })
  const data = fc.oneof(
    anywhere,
    fc.constant({ ...order, paymentToken: secret, shippingAddress: { ...order.shippingAddress, city: secret } }),
    fc.record({ ...Object.fromEntries(Object.keys(order).map(name => [name, anywhere])), [secret]: anywhere }),
  )
  const types = fc.constantFrom(null, 'order.invented', ...Object.keys(fieldsOf))
  fc.assert(
    fc.property(types, data, (type, value) => !JSON.stringify(mask(type, value) ?? null).includes(secret)),
    { numRuns: 2_000 },
  )
  t.pass()
})
