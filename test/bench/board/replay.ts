import { setTimeout as pause } from 'node:timers/promises'
import { newId } from '@docket/chassis/id.ts'
import { topicOf } from '@docket/contract/generated/contract.ts'
import type { EventType } from '@docket/contract/event.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { recordProducer } from '@docket/kafka/producer.ts'
import { toRecord, type OutgoingRecord } from '@docket/kafka/record-codec.ts'
import { anEvent, orderAccepted, orderCreated, stockCommitted, stockReserved } from '@docket/test/support/events.ts'

export interface Replayed {
  events: number
  perSecond: number
}

const lines = { mug: 2, plate: 1 }
const address = { name: 'Ada Ashford', line1: '1 Harbour Row', city: 'Moorton', postalCode: '10115', country: 'DE' }

/** What one order publishes on its way, oldest first. */
const life: readonly EventType[] = [
  'order.created',
  'stock.reserved',
  'payment.succeeded',
  'order.accepted',
  'shipment.shipped',
  'stock.committed',
  'order.completed',
]
const apart = 20 // orders that are created between two events of one

function dataOf(type: EventType, orderId: string): object {
  switch (type) {
    case 'order.created':
      return { ...orderCreated('a', lines, { shippingAddress: address }).data, orderId }
    case 'stock.reserved':
      return { ...stockReserved('a').data, orderId }
    case 'order.accepted':
      return { ...orderAccepted('a', lines).data, orderId }
    case 'stock.committed':
      return { ...stockCommitted('a', lines).data, orderId }
    case 'payment.succeeded':
      return { orderId, paymentId: newId(), amount: 1_000, currency: 'EUR' }
    case 'shipment.shipped':
      return { orderId, shipmentId: newId(), carrier: 'Harbour Post', trackingNumber: `HP${orderId.slice(24)}` }
    default:
      return { orderId }
  }
}

function recordOf(type: EventType, orderId: string): OutgoingRecord {
  const { data, ...event } = anEvent(type, orderId, dataOf(type, orderId) as never) // of that type, as above
  const traceparent = '00-00000000000000000000000000000001-0000000000000001-01'
  return toRecord(topicOf[type], { ...event, payload: JSON.stringify(data), traceparent })
}

/** Each order's events in their order, with those of others in between. */
function* replayOf(orderIds: readonly string[]): Generator<readonly [EventType, string]> {
  for (let slot = 0; slot < orderIds.length + apart * life.length; slot++)
    for (const [step, type] of life.entries()) {
      const id = orderIds[slot - apart * step]
      if (id !== undefined) yield [type, id]
    }
}

/**
 * Produces the lives of these orders at a fixed rate, as services do, whatever the brokers' answers take. A record's
 * time is that at which it is sent.
 */
export async function replay(
  brokers: string[],
  orderIds: readonly string[],
  { perSecond, seconds }: { perSecond: number; seconds: number },
): Promise<Replayed> {
  const producer = recordProducer(kafkaClient({ brokers, clientId: 'bench' }))
  await producer.connect()
  const events = replayOf(orderIds)
  const startMs = performance.now()
  let sent = 0
  const elapsed = () => (performance.now() - startMs) / 1_000
  while (elapsed() < seconds) {
    const due = Math.floor(elapsed() * perSecond) - sent
    const records: OutgoingRecord[] = []
    while (records.length < due) {
      const next = events.next()
      if (next.done) throw new Error(`${orderIds.length} orders are too few`)
      records.push(recordOf(...next.value))
    }
    if (records.length > 0) {
      const { failure } = await producer.send(records)
      if (failure) throw failure
    }
    sent += records.length
    await pause(10)
  }
  const perSecondSent = sent / elapsed()
  await producer.disconnect()
  return { events: sent, perSecond: perSecondSent }
}
