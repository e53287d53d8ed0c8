import { randomUUID } from 'node:crypto'
import { kafkaClient } from '@docket/kafka/client.ts'
import { leadersOf } from '@docket/kafka/admin.ts'
import { recordSender } from '@docket/kafka/producer.ts'
import { toRecord } from '@docket/kafka/record.ts'
import { tail } from '@docket/kafka/tail.ts'

/** Messages a second, sent and read one after the other, by one process. */
export interface KafkaAlone {
  sent: number
  read: number
  /** What an order needs: sent and read once each. */
  ordersPerSecond: number
}

const messagesPerOrder = 7
const atOnce = 200
const partitions = 12

/** The messages of orders without anything else: as many bytes and headers as ours have. */
export async function kafkaAlone(brokers: string[], seconds: number): Promise<KafkaAlone> {
  const kafka = kafkaClient({ brokers, clientId: 'bench' })
  const topic = `bench-${randomUUID()}`
  const admin = kafka.admin()
  await admin.connect()
  await admin.createTopics({ waitForLeaders: false, topics: [{ topic, numPartitions: partitions, replicationFactor: 1 }] })
  await leadersOf(admin, [topic])
  await admin.disconnect()
  const sender = recordSender(kafka)
  await sender.connect()
  const fromMs = performance.now()
  let count = 0
  while (performance.now() - fromMs < seconds * 1_000) {
    const { failure } = await sender.send(Array.from({ length: atOnce }, () => aMessage(topic)))
    if (failure) throw failure
    count += atOnce
  }
  const sent = count / (performance.now() - fromMs) * 1_000
  await sender.disconnect()
  const readFromMs = performance.now()
  let seen = 0
  await tail({ kafka: { brokers, clientId: 'bench' }, topics: [topic], from: 'beginning', follow: false, signal: AbortSignal.timeout(60_000), onRecord: () => { seen++ }, onState: () => undefined })
  const read = seen / (performance.now() - readFromMs) * 1_000
  return { sent, read, ordersPerSecond: 1 / (messagesPerOrder / sent + messagesPerOrder / read) }
}

function aMessage(topic: string) {
  const key = randomUUID()
  return toRecord(topic, {
    id: randomUUID(), type: 'payment.succeeded', source: '/payment-service', key, time: new Date().toISOString(), sequence: 1,
    traceparent: '00-00000000000000000000000000000001-0000000000000001-01', payload: JSON.stringify({ orderId: key, paymentId: randomUUID(), amount: 450, currency: 'EUR' }),
  })
}
