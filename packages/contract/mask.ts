import { fieldsOf, type Field, type Fields, type Sensitivity } from './generated/sensitivity.ts'
import { isEventType, validate } from './validate.ts'

export type { Sensitivity } from './generated/sensitivity.ts'

/** Stands for what is not shown, whatever its type. */
export const masked = '(masked)'

/**
 * What may be seen of the data of an event. Only what the contract knows and does not mark as sensitive is shown: a
 * field of a later release, or of a record that breaks the contract, may hold anything. Of such a record no more than
 * ids, truth values and the names of known fields are left. `reveals` may name `personal`; payment data are never shown.
 */
export function mask(type: string | null, data: unknown, reveals?: 'personal'): unknown {
  if (type === null || !isEventType(type) || validate(type, data).length > 0) return unknownData(data)
  return shown(fieldsOf[type], data, reveals)
}

function shown(field: Field, value: unknown, reveals: Sensitivity | undefined): unknown {
  if (field === 'shown' || (field === 'personal' && field === reveals)) return value
  if (field === 'personal' || field === 'payment') return masked
  if (isList(field)) return (value as unknown[]).map(one => shown(field[0], one, reveals)) // as validated
  const visible: Record<string, unknown> = {}
  for (const [name, one] of Object.entries(value as object)) {
    const known = Object.hasOwn(field, name) ? field[name] : undefined
    if (known === undefined) visible[masked] = masked
    else visible[name] = shown(known, one, reveals)
  }
  return visible
}

const isList = (field: Fields | readonly [Field]): field is readonly [Field] => Array.isArray(field)

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i

export const isId = (text: string): boolean => uuid.test(text)

const knownNames: ReadonlySet<string> = new Set(Object.values(fieldsOf).flatMap(namesIn))

function namesIn(field: Field): string[] {
  if (typeof field === 'string') return []
  return isList(field) ? namesIn(field[0]) : Object.entries(field).flatMap(([name, inner]) => [name, ...namesIn(inner)])
}

const deepest = 20 // levels; no event of the contract has as many, and a stack ends

function unknownData(value: unknown, depth = 0): unknown {
  if (value === null || value === undefined || typeof value === 'boolean') return value
  if (typeof value === 'string' && isId(value)) return value
  if (typeof value !== 'object' || depth === deepest) return masked
  if (Array.isArray(value)) return value.map(one => unknownData(one, depth + 1))
  return Object.fromEntries(
    Object.entries(value).map(([name, one]) =>
      knownNames.has(name) ? [name, unknownData(one, depth + 1)] : [masked, masked],
    ),
  )
}

/** A text about an event, such as an error, without the values of its data that may not be seen. */
export function maskText(text: string, data: unknown, shownData: unknown): string {
  const hidden = [...hiddenIn(data, shownData)].filter(value => value.length >= shortestHidden)
  return hidden
    .sort((a, b) => b.length - a.length) // one may be part of another
    .reduce((rest, value) => rest.replaceAll(quoted(value), masked).replaceAll(value, masked), text)
}

const shortestHidden = 2 // characters; every text holds each letter

const quoted = (value: string) => JSON.stringify(value).slice(1, -1)

function hiddenIn(data: unknown, seen: unknown, found = new Set<string>(), depth = 0): Set<string> {
  if (data === null || data === undefined || typeof data === 'boolean' || depth > deepest) return found
  if (typeof data === 'object') {
    for (const [name, value] of Object.entries(data)) {
      const visible = typeof seen === 'object' && seen !== null && Object.hasOwn(seen, name)
      if (!visible && !Array.isArray(data)) found.add(name)
      hiddenIn(value, visible ? seen[name as keyof typeof seen] : masked, found, depth + 1)
    }
  } else if (data !== seen) found.add(String(data))
  return found
}
