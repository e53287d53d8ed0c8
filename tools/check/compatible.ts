import type { Schema } from '../generate/contract/read.ts'

/**
 * Finds what breaks users of `before`: producers, whose events must still be accepted, and consumers, whose fields must
 * still arrive within the limits they know.
 */
export function breaks(before: Schema, after: Schema, path = ''): string[] {
  const at = path || 'the event'
  if (before.type !== after.type) return [`${at}: was ${before.type}, is ${after.type}`]
  return [
    ...releasesThatBreak(before, after, at),
    ...keysThatBreak(before, after, at),
    ...fieldsThatBreak(before, after, path),
    ...limitsThatBreak(before, after, at),
    ...valuesThatBreak(before, after, at),
    ...itemsThatBreak(before, after, path),
  ]
}

/** A release is history, so `x-since` must not change. */
function releasesThatBreak({ 'x-since': before }: Schema, { 'x-since': after }: Schema, at: string): string[] {
  if (before === undefined) return []
  if (typeof before === 'string') return before === after ? [] : [`${at}: x-since was ${before}, is ${after}`]
  const now = typeof after === 'object' ? after : {}
  return Object.entries(before)
    .filter(([value, since]) => now[value] !== since)
    .map(([value, since]) => `${at}: x-since of ${value} was ${since}, is ${now[value]}`)
}

/** Records with another key would go to other partitions than their predecessors, and overtake them. */
function keysThatBreak({ 'x-key': before }: Schema, { 'x-key': after }: Schema, at: string): string[] {
  const [was, is] = [JSON.stringify(before), JSON.stringify(after)]
  return before === undefined || was === is ? [] : [`${at}: its key was ${was}, is ${is}`]
}

function fieldsThatBreak(before: Schema, after: Schema, path: string): string[] {
  const wasRequired = new Set(before.required)
  const isRequired = new Set(after.required)
  const name = (field: string) => (path ? `${path}.${field}` : field)
  return [
    ...[...isRequired]
      .filter(field => !wasRequired.has(field))
      .map(field => `${name(field)}: is required now; committed producers do not send it`),
    ...[...wasRequired]
      .filter(field => !isRequired.has(field))
      .map(field => `${name(field)}: may be missing now; committed consumers read it`),
    ...Object.entries(before.properties ?? {}).flatMap(([field, schema]) => {
      const now = after.properties?.[field]
      return now ? breaks(schema, now, name(field)) : [`${name(field)}: was removed`]
    }),
  ]
}

const limits = ['minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'pattern'] as const

/** A tighter limit refuses what used to be accepted; a wider one allows what consumers do not expect. */
const limitsThatBreak = (before: Schema, after: Schema, at: string) =>
  limits
    .filter(limit => before[limit] !== after[limit])
    .map(limit => `${at}: ${limit} was ${before[limit] ?? 'not set'}, is ${after[limit] ?? 'not set'}`)

function valuesThatBreak(before: Schema, after: Schema, at: string): string[] {
  if (before.enum === undefined && after.enum === undefined) return []
  if (before.enum === undefined || after.enum === undefined)
    return [`${at}: its list of values ${after.enum ? 'is new' : 'was removed'}`]
  const [was, is] = [new Set(before.enum), new Set(after.enum)]
  const since = typeof after['x-since'] === 'object' ? after['x-since'] : {} // held back until consumers know it
  return [
    ...[...was].filter(value => !is.has(value)).map(value => `${at}: the value ${value} was removed`),
    ...[...is]
      .filter(value => !was.has(value) && !Object.hasOwn(since, value))
      .map(
        value => `${at}: the value ${value} is new, and no x-since holds it back; committed consumers do not know it`,
      ),
  ]
}

const itemsThatBreak = (before: Schema, after: Schema, path: string) =>
  before.items && after.items ? breaks(before.items, after.items, `${path}[]`) : []
