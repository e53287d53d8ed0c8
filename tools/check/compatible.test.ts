import test from 'ava'
import type { Schema } from '../generate/contract/read.ts'
import { breaks } from './compatible.ts'

const committed: Schema = {
  'x-key': { field: 'orderId' },
  type: 'object',
  required: ['orderId', 'lines'],
  properties: {
    orderId: { type: 'string', pattern: '^[0-9a-f-]{36}$' },
    reason: { type: 'string', enum: ['a', 'b'] },
    lines: {
      type: 'array',
      maxItems: 100,
      items: { type: 'object', required: ['quantity'], properties: { quantity: { type: 'integer', minimum: 1 } } },
    },
  },
}

const changed = (change: (schema: Schema & { properties: Record<string, Schema> }) => void): Schema => {
  const copy = structuredClone(committed) as Schema & { properties: Record<string, Schema> }
  change(copy)
  return copy
}
const quantity = (schema: Schema): Schema => schema.properties!.lines!.items!.properties!.quantity!

const fine: [string, Schema][] = [
  ['nothing changes', committed],
  [
    'an optional field is added',
    changed(schema => {
      schema.properties.note = { type: 'string' }
    }),
  ],
  [
    'a value is added that names its release',
    changed(schema => {
      schema.properties.reason = { type: 'string', enum: ['a', 'b', 'c'], 'x-since': { c: '0.2.0' } }
    }),
  ],
  [
    'a description changes',
    changed(schema => {
      schema.properties.orderId!.description = 'The order'
    }),
  ],
]
for (const [what, after] of fine)
  test(`committed producers and consumers go on when ${what}`, t => t.deepEqual(breaks(committed, after), []))

const breaking: [string, Schema, RegExp][] = [
  [
    'a field is required that was not',
    changed(schema => {
      schema.required!.push('reason')
    }),
    /reason: is required now/,
  ],
  [
    'a new field is required',
    changed(schema => {
      schema.required!.push('note')
      schema.properties.note = { type: 'string' }
    }),
    /note: is required now/,
  ],
  [
    'a required field may be missing',
    changed(schema => {
      schema.required = ['orderId']
    }),
    /lines: may be missing now/,
  ],
  [
    'a field is removed',
    changed(schema => {
      delete schema.properties.reason
    }),
    /reason: was removed/,
  ],
  [
    'a type changes',
    changed(schema => {
      schema.properties.orderId = { type: 'integer' }
    }),
    /orderId: was string, is integer/,
  ],
  [
    'a value is removed',
    changed(schema => {
      schema.properties.reason!.enum = ['a']
    }),
    /reason: the value b was removed/,
  ],
  [
    'a value is added',
    changed(schema => {
      schema.properties.reason!.enum = ['a', 'b', 'c']
    }),
    /reason: the value c is new/,
  ],
  [
    'a limit is tightened',
    changed(schema => {
      quantity(schema).minimum = 2
    }),
    /lines\[\]\.quantity: minimum was 1, is 2/,
  ],
  [
    'the key becomes another field',
    changed(schema => {
      schema['x-key'] = { field: 'customerId' }
    }),
    /its key was/,
  ],
  [
    'a limit is added',
    changed(schema => {
      quantity(schema).maximum = 5
    }),
    /maximum was not set, is 5/,
  ],
  [
    'a pattern changes',
    changed(schema => {
      schema.properties.orderId!.pattern = '^x$'
    }),
    /orderId: pattern was/,
  ],
]
for (const [what, after, problem] of breaking)
  test(`a change is refused when ${what}`, t => t.regex(breaks(committed, after).join('\n'), problem))
