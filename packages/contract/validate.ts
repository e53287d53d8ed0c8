import type { EventType } from './generated/contract.ts'
import { checkOf } from './generated/validators.js'

const fine: readonly string[] = Object.freeze([])

/** An empty list means valid; each error is `path: message`, so that a dead letter can say what is wrong. */
export function validate(type: string, data: unknown): readonly string[] {
  if (!isEventType(type)) return [`${type} is not a type of the contract`]
  const check = checkOf[type]
  if (check(data)) return fine
  return (check.errors ?? []).map(
    ({ instancePath, message = 'is wrong', params }) =>
      `${instancePath.slice(1).replaceAll('/', '.') || 'data'}: ${message}${Array.isArray(params.allowedValues) ? ` (${params.allowedValues.join(', ')})` : ''}`,
  )
}

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(checkOf, type)
}
