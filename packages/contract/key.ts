import { keyOf, type EventType } from './generated/contract.ts'

/** The key of a record with these data, which are as the contract says. */
export function keyIn(type: EventType, data: unknown): string {
  const key = keyOf[type]
  return 'const' in key ? key.const : (data as Record<string, string>)[key.field]! // a required text
}

/** What the key of its records is, for people. */
export function keyInWords(type: EventType): string {
  const key = keyOf[type]
  return 'const' in key ? `the word ${key.const}` : `the ${key.field} of the data`
}
