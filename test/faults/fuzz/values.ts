import fc from 'fast-check'
import type { Schema } from './endpoints.ts'

/** A piece of JSON text that is put into a body as it stands: what JSON.stringify would never write. */
export class Raw {
  readonly text: string
  constructor(text: string) {
    this.text = text
  }
}

export function textOf(value: unknown): string {
  if (value instanceof Raw) return value.text
  if (Array.isArray(value)) return `[${value.map(textOf).join(',')}]`
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null'
  const fields = Object.entries(value).filter(([, one]) => one !== undefined)
  return `{${fields.map(([name, one]) => `${JSON.stringify(name)}:${textOf(one)}`).join(',')}}`
}

const sql = [
  "' OR 1=1 --",
  "'; DROP TABLE orders; --",
  '" OR ""="',
  "') UNION SELECT username, password_hash FROM users --",
  '1; SELECT pg_sleep(5)',
  '%',
  '_',
  '\\',
  "\\'",
  '${1}',
  '?',
  '$1',
  ':id',
]

const traps = [
  '',
  ' ',
  '\t\n',
  '.',
  '..',
  '../../etc/passwd',
  '-',
  '0',
  'null',
  'undefined',
  'NaN',
  'true',
  '1e3',
  '0x10',
  '-1',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  '\u202etxt.exe',
  '\u2028',
  '\ufeff',
  'é',
  'e\u0301',
  '😀',
  'İ',
  'ß',
  '<script>alert(1)</script>',
  '{{7*7}}',
  '\r\nset-cookie: a=b',
  '\u001b[31m',
  'x'.repeat(100_000),
]

/**
 * What must not be accepted as a string, in JSON text: NUL, halves of surrogate pairs, objects instead of text.
 */
const rawTexts = [
  'null',
  'true',
  'false',
  '0',
  '-0',
  '-1',
  '1.5',
  '1e308',
  '-1e308',
  '1e400',
  '5e-324',
  '9007199254740993',
  '-9007199254740993',
  '2147483648',
  '9223372036854775808',
  '[]',
  '[[]]',
  '[null]',
  '{}',
  '{"__proto__":{"role":"operator"}}',
  '{"constructor":{"prototype":{"role":"operator"}}}',
  '{"$ne":null}',
  '{"length":3}',
  '{"toString":1}',
  '"\\u0000"',
  '"a\\u0000b"',
  '"\\ud800"',
  '"x\\udfff"',
  '"\\ud83d\\ude00"',
  '["a","b"]',
  `[${'1,'.repeat(999)}1]`,
]

const hostile: fc.Arbitrary<unknown> = fc.oneof(
  fc.constantFrom(...rawTexts).map(text => new Raw(text)),
  fc.constantFrom(...sql, ...traps),
  fc.string({ unit: 'binary', maxLength: 40 }),
  fc.jsonValue({ maxDepth: 3 }),
  fc.double(),
)

const oddTimes = [
  '0000-01-01T00:00:00Z',
  '0001-01-01T00:00:00.000Z',
  '9999-12-31T23:59:59.999Z',
  '2016-12-31T23:59:60Z',
  '2024-02-29T00:00:00Z',
  '2023-02-29T00:00:00Z',
  '2024-01-01T24:00:00Z',
  '2024-01-01T00:00:00+14:00',
  '2024-01-01T00:00:00-23:59',
  '0000-01-01T00:00:00+23:59',
  '9999-12-31T23:59:59-23:59',
  '2024-01-01T00:00Z',
  '2024-01-01T00:00:00.123456789Z',
  '2024-01-01T00:00:00',
  '+275760-09-13T00:00:00Z',
  '-000001-01-01T00:00:00Z',
  '2024-W01-1T00:00:00Z',
  'infinity',
  'now',
  'epoch',
]
const oddIds = [
  '00000000-0000-0000-0000-000000000000',
  'ffffffff-ffff-ffff-ffff-ffffffffffff',
  'FFFFFFFF-FFFF-FFFF-FFFF-FFFFFFFFFFFF',
  '0190A1B2-C3D4-7000-8000-00000000000A',
  '{0190a1b2-c3d4-7000-8000-00000000000a}',
  '0190a1b2c3d470008000000000000000',
  'urn:uuid:0190a1b2-c3d4-7000-8000-00000000000a',
  '0190a1b2-c3d4-7000-8000-00000000000',
]
const oddNumbers = [
  '1e2',
  ' 5',
  '5 ',
  '+5',
  '5.0',
  '0x10',
  '0b11',
  '05',
  '',
  ' ',
  '1_000',
  'Infinity',
  '-Infinity',
  '-0',
  '1e-7',
  '5e-324',
  '２',
  '9007199254740993',
  '99999999999999999999',
]

function edges(schema: Schema): unknown[] {
  const { minLength, maxLength, minimum, maximum, minItems, maxItems, format, type } = schema
  const found: unknown[] = []
  if (format === 'date-time') found.push(...oddTimes)
  if (format === 'uuid') found.push(...oddIds)
  if (type === 'integer' || type === 'number') found.push(...oddNumbers)
  if (maxLength !== undefined)
    found.push('a1b2'.repeat(maxLength).slice(0, maxLength), 'x'.repeat(maxLength + 1), '😀'.repeat(maxLength))
  if (minLength !== undefined) found.push('x'.repeat(minLength), 'x'.repeat(Math.max(0, minLength - 1)))
  if (maximum !== undefined) found.push(maximum, maximum + 1, String(maximum))
  if (minimum !== undefined) found.push(minimum, minimum - 1, minimum + 0.5)
  if (maxItems !== undefined) found.push(Array.from({ length: maxItems + 1 }, () => null))
  if (minItems !== undefined) found.push([])
  if (schema.enum) found.push(...schema.enum.map(one => one.toUpperCase()))
  return found
}

export function wrongFor(schema: Schema): fc.Arbitrary<unknown> {
  const found = edges(schema)
  return found.length > 0 ? fc.oneof(hostile, fc.constantFrom(...found)) : hostile
}

export type Known = Readonly<Record<string, readonly unknown[]>>

export function rightFor(schema: Schema, name: string, known: Known): fc.Arbitrary<unknown> {
  const familiar = known[name]
  if (familiar) return fc.constantFrom(...familiar)
  if (schema.enum) return fc.constantFrom(...schema.enum)
  if (schema.type === 'object') return rightObject(schema, known)
  if (schema.type === 'array') {
    const { items = {}, minItems = 0, maxItems = 4 } = schema
    return fc.array(rightFor(items, name, known), { minLength: minItems, maxLength: Math.min(maxItems, minItems + 4) })
  }
  if (schema.type === 'integer' || schema.type === 'number')
    return fc.integer({ min: clamp(schema.minimum ?? 0), max: clamp(schema.maximum ?? 1_000) })
  if (schema.type === 'boolean') return fc.boolean()
  if (schema.type === 'string') return rightText(schema)
  return fc.jsonValue({ maxDepth: 2 })
}

const clamp = (n: number) => Math.max(Number.MIN_SAFE_INTEGER, Math.min(Number.MAX_SAFE_INTEGER, n))

function rightObject({ properties = {}, required = [] }: Schema, known: Known): fc.Arbitrary<unknown> {
  const fields = Object.fromEntries(
    Object.entries(properties).map(([name, schema]) => [name, rightFor(schema, name, known)]),
  )
  return fc.record(fields, { requiredKeys: required, noNullPrototype: true })
}

function rightText({ format, pattern, minLength = 0, maxLength = 40 }: Schema): fc.Arbitrary<string> {
  if (format === 'uuid') return fc.uuid()
  if (format === 'date-time') {
    return fc
      .date({ min: new Date('0000-01-01T00:00:00Z'), max: new Date('9999-12-31T23:59:59Z'), noInvalidDate: true })
      .map(date => date.toISOString())
  }
  if (pattern !== undefined) return fc.stringMatching(new RegExp(pattern), { size: 'xsmall' })
  const fits = ({ length }: string) => length >= minLength && length <= maxLength
  return fc.oneof(
    fc.string({ minLength, maxLength: Math.min(maxLength, minLength + 40) }),
    fc.constantFrom(...sql).filter(fits),
  )
}

export function fieldPathsIn(
  schema: Schema,
  below: (string | number)[] = [],
): { fieldPath: (string | number)[]; schema: Schema }[] {
  if (schema.type === 'array' && schema.items)
    return fieldPathsIn(schema.items, [...below, 0]).concat({ fieldPath: [...below, 0], schema: schema.items })
  return Object.entries(schema.properties ?? {}).flatMap(([name, one]) => [
    { fieldPath: [...below, name], schema: one },
    ...fieldPathsIn(one, [...below, name]),
  ])
}

export function put(into: unknown, [head, ...rest]: (string | number)[], value: unknown): unknown {
  if (head === undefined) return value
  if (Array.isArray(into) || typeof head === 'number') {
    const list = Array.isArray(into) ? [...(into as unknown[])] : []
    list[Number(head)] = put(list[Number(head)], rest, value)
    return list
  }
  const fields = typeof into === 'object' && into !== null ? (into as Record<string, unknown>) : {}
  return { ...fields, [head]: put(fields[head], rest, value) }
}
