/** The shortest notation for what a command prints with -o json; `jsonSchemaOf` derives a JSON Schema. */
export type Shape = Word | `${Word}|null` | Schema | readonly [Shape] | { readonly [field: string]: Shape }

type Word = 'string' | 'integer' | 'number' | 'boolean' | 'object' | 'null' | 'any'

export type ShapeOf<T> = { readonly [K in keyof T & string as object extends Pick<T, K> ? `${K}?` : K]: Shape }

class Schema {
  readonly schema: object

  constructor(schema: object) {
    this.schema = schema
  }
}

export const oneOf = (...values: readonly (string | boolean)[]): Shape => new Schema({ enum: values })
export const either = (...shapes: readonly Shape[]): Shape => new Schema({ anyOf: shapes.map(jsonSchemaOf) })
export const mapOf = (shape: Shape): Shape => new Schema({ type: 'object', additionalProperties: jsonSchemaOf(shape) })

export function jsonSchemaOf(shape: Shape): object {
  if (shape instanceof Schema) return shape.schema
  if (typeof shape === 'string') return ofWords(shape.split('|'))
  if (isList(shape)) return { type: 'array', items: jsonSchemaOf(shape[0]) }
  return {
    type: 'object',
    required: Object.keys(shape).filter(field => !field.endsWith('?')),
    properties: Object.fromEntries(
      Object.entries(shape).map(([field, one]) => [field.replace('?', ''), jsonSchemaOf(one)]),
    ),
    additionalProperties: false,
  }
}

const isList = (shape: object): shape is readonly [Shape] => Array.isArray(shape)

function ofWords(words: string[]): object {
  if (words.length > 1) return { anyOf: words.map(word => ofWords([word])) }
  return words[0] === 'any' ? {} : { type: words[0] }
}
