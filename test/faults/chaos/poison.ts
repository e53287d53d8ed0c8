import { randomUUID } from 'node:crypto'
import type { OutgoingRecord } from '@docket/kafka/record-codec.ts'
import type { Poison } from './schedule.ts'

/** Marks our own poison, so that its dead letters are recognized. */
export const poisonHeader = 'chaos_poison'

const largestValue = 1_047_000 // characters; with its headers just below 1 MiB

export function poisonRecord(poison: Poison, id: string): OutgoingRecord {
  const stranger = randomUUID()
  const headers = {
    ce_specversion: '1.0',
    ce_id: randomUUID(),
    ce_type: 'payment.succeeded',
    ce_source: '/payment-service',
    ce_subject: stranger,
    ce_time: new Date().toISOString(),
    ce_sequence: '1',
    'content-type': 'application/json',
    [poisonHeader]: id,
  }
  const payment = { orderId: stranger, paymentId: randomUUID(), amount: 900, currency: 'EUR' }
  const record = { topic: 'payment-events', key: stranger, value: JSON.stringify(payment), headers }
  switch (poison) {
    case 'not json':
      return { ...record, value: '{"orderId": ' }
    case 'breaks the contract':
      return { ...record, value: JSON.stringify({ orderId: stranger, paid: 'yes' }) }
    case 'unknown type':
      return { ...record, headers: { ...headers, ce_type: 'dreamt' } }
    case 'no value':
      return { ...record, value: null }
    case 'no key':
      return { ...record, key: null }
    case 'unknown order':
      return { ...record, headers: { ...headers, ce_type: 'payment.refunded' } } // a success would be refunded
    case 'negative amount':
      return { ...record, value: JSON.stringify({ ...payment, amount: -5 }) }
    case 'large':
      // Kafka accepts no more than 1 MB
      return { ...record, value: JSON.stringify({ ...payment, paymentId: 'x'.repeat(900_000) }) }
    case 'larger than a letter':
      // the largest record that a topic accepts, so that its dead letter, with the reasons added, would be too large
      return { ...record, value: JSON.stringify({ ...payment, paymentId: 'x'.repeat(largestValue) }) }
    case 'key of another':
      return { ...record, key: randomUUID() }
    case 'from the future':
      return { ...record, headers: { ...headers, ce_type: 'payment.succeeded.v2' } }
  }
}
