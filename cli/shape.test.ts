import test from 'ava'
import { either, jsonSchemaOf, mapOf, oneOf } from './shape.ts'

test('an object has its fields and no others; one whose name ends with ? may be missing', t => {
  t.deepEqual(jsonSchemaOf({ sku: 'string', 'reason?': 'string|null', data: 'any' }), {
    type: 'object',
    required: ['sku', 'data'],
    properties: { sku: { type: 'string' }, reason: { anyOf: [{ type: 'string' }, { type: 'null' }] }, data: {} },
    additionalProperties: false,
  })
})

test('lists, choices and maps hold shapes', t => {
  t.deepEqual(jsonSchemaOf(either([mapOf('integer')], oneOf('done', true))), {
    anyOf: [
      { type: 'array', items: { type: 'object', additionalProperties: { type: 'integer' } } },
      { enum: ['done', true] },
    ],
  })
})
