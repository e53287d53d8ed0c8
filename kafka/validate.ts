import { topicOf, type EventType } from './generated/contract.ts'
import * as checks from './generated/validators.js'

const checkOf = new Map(Object.keys(topicOf).map(type => [type, check(type)]))

function check(type: string): checks.Check {
  const name = type.split(/[._]/).map(word => word.charAt(0).toUpperCase() + word.slice(1)).join('')
  const found = (checks as Record<string, checks.Check>)[name]
  if (!found) throw new Error(`there is no validator for ${type}: run npm run generate`)
  return found
}

const fine: string[] = []

/** What is wrong with the data of an event by the contract, as `path: message`; an empty list when nothing is. */
export function validate(type: string, data: unknown): string[] {
  const valid = checkOf.get(type)
  if (!valid) return [`${type} is not a type of the contract`]
  if (valid(data)) return fine
  return (valid.errors ?? []).map(({ instancePath, message = 'is wrong', params }) =>
    `${instancePath.slice(1).replaceAll('/', '.') || 'data'}: ${message}${Array.isArray(params.allowedValues) ? ` (${params.allowedValues.join(', ')})` : ''}`)
}

export function isEventType(type: string): type is EventType {
  return Object.hasOwn(topicOf, type)
}
