import test from 'ava'
import { readContract, type Schema } from '../generate/contract/read.ts'
import { validate } from '@docket/contract/validate.ts'

const contract = await readContract(new URL('../../events/', import.meta.url))
const events = contract.flatMap(({ events: some }) => some)

const exampleOf = (schema: Schema) => structuredClone(schema.examples?.[0]) as Record<string, unknown>

for (const { type, schema } of events) {
  test(`the example of ${type} is as its schema says`, t => t.deepEqual(validate(type, exampleOf(schema)), []))

  test(`${type} without a field that it must have is refused`, t => {
    for (const name of schema.required ?? []) {
      const { [name]: _, ...rest } = exampleOf(schema)
      t.not(validate(type, rest).length, 0, name)
    }
  })

  test(`${type} with an unknown field is accepted`, t => {
    t.deepEqual(validate(type, { ...exampleOf(schema), addedLater: true }), [])
  })

  test(`money in ${type} is whole minor units`, t => {
    for (const name of ['amount', 'total', 'unitPrice'].filter(money => money in exampleOf(schema))) {
      for (const wrong of [4.5, -1, '450', 2 ** 53, null])
        t.not(validate(type, { ...exampleOf(schema), [name]: wrong }).length, 0, `${name}: ${wrong}`)
    }
    t.pass()
  })
}

test('errors name the path of the field', t => {
  const created = exampleOf(events.find(({ type }) => type === 'order.created')!.schema)
  t.regex(
    validate('order.created', { ...created, lines: [{ sku: 'mug', quantity: 0, unitPrice: 1 }] })[0] ?? '',
    /^lines\.0\.quantity: must be >= 1/,
  )
})

for (const data of [null, [], 'text', 7, undefined]) {
  test(`an event whose data is ${JSON.stringify(data)} is refused`, t =>
    t.not(validate('order.completed', data).length, 0))
}
