import type { Schema } from '../generate/contract/read.ts'

/** The worst case of a character in JSON text: `\u0000`. */
const escapedBytes = 6
const numberBytes = 24 // the longest number: -1.7976931348623157e+308
const wordBytes = 5 // the longest word: false

/** Bytes of the largest value that the schema allows; throws at a field that has no bound. */
export function largestBytes(schema: Schema, path = 'the event'): number {
  if (schema.enum) return Math.max(...schema.enum.map(value => Buffer.byteLength(JSON.stringify(value))))
  switch (schema.type) {
    case 'string':
      return 2 + longest(schema, path) * (schema.pattern === undefined ? escapedBytes : 1) // patterns are of plain ASCII
    case 'integer':
      return numberBytes
    case 'boolean':
      return wordBytes
    case 'array':
      if (schema.maxItems === undefined || !schema.items) throw new Error(`${path}: maxItems is missing`)
      return 2 + schema.maxItems * (1 + largestBytes(schema.items, `${path}[]`))
    case 'object':
      return Object.entries(schema.properties ?? {}).reduce(
        (sum, [name, field]) => sum + name.length + 4 + largestBytes(field, `${path}.${name}`),
        2,
      )
    default:
      throw new Error(`${path}: how large ${schema.type} can be is not known`)
  }
}

function longest({ maxLength, pattern }: Schema, path: string): number {
  const length = maxLength ?? (pattern === undefined ? undefined : longestMatch(pattern))
  if (length === undefined) throw new Error(`${path}: maxLength is missing`)
  return length
}

/**
 * The length of the longest text that one of our patterns matches; undefined if unbounded. Our patterns are sequences
 * of characters, classes and optional groups with counted repetitions, without alternatives.
 */
export function longestMatch(pattern: string): number | undefined {
  if (!pattern.startsWith('^') || !pattern.endsWith('$')) return undefined
  const counted = /\\.|\[[^\]]*\]|\(|\)|\{(?:\d+,)?(\d+)\}|[?*+|]|[^]/g
  const sums = [0]
  let last = 0
  for (const [token, most] of pattern.slice(1, -1).matchAll(counted)) {
    if (token === '*' || token === '+' || token === '|') return undefined
    if (token === '?') continue
    if (token === '(') sums.push(0)
    else if (token === ')') {
      last = sums.pop() ?? 0
      sums.push((sums.pop() ?? 0) + last)
    } else if (most !== undefined) sums.push((sums.pop() ?? 0) + last * (Number(most) - 1))
    else {
      last = 1
      sums.push((sums.pop() ?? 0) + 1)
    }
  }
  return sums[0]
}
