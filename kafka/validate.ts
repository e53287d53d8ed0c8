import { topicOf, type EventType } from './generated/contract.ts'
export function validate(type: string, data: unknown): string[] {
  if (typeof data !== 'object' || data === null || Array.isArray(data)) return ['not an object']
  if (type.startsWith('order.') && !/^[0-9a-f-]{36}$/.test(String((data as {orderId: string}).orderId))) return ['orderId']
  return []
}
export const isEventType = (s: string): s is EventType => Object.hasOwn(topicOf, s)
