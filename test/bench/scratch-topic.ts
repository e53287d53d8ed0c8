import { randomUUID } from 'node:crypto'
import { addTopics } from '@docket/kafka/admin.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { recordProducer } from '@docket/kafka/producer.ts'
import { toRecord } from '@docket/kafka/record-codec.ts'

const partitions = 12
const atOnce = 200

export async function scratchTopic(brokers: string[]): Promise<string> {
  const topic = `bench-${randomUUID()}`
  await addTopics(kafkaClient({ brokers, clientId: 'bench' }), [
    { topic, numPartitions: partitions, replicationFactor: 1 },
  ])
  return topic
}

export async function fill(brokers: string[], topic: string, goesOn: (sent: number) => boolean): Promise<number> {
  const sender = recordProducer(kafkaClient({ brokers, clientId: 'bench' }))
  await sender.connect()
  let sent = 0
  for (; goesOn(sent); sent += atOnce) {
    const { failure } = await sender.send(Array.from({ length: atOnce }, () => anEvent(topic)))
    if (failure) throw failure
  }
  await sender.disconnect()
  return sent
}

function anEvent(topic: string) {
  const key = randomUUID()
  return toRecord(topic, {
    id: randomUUID(),
    type: 'payment.succeeded',
    source: '/payment-service',
    key,
    time: new Date().toISOString(),
    sequence: 1,
    traceparent: '00-00000000000000000000000000000001-0000000000000001-01',
    payload: JSON.stringify({ orderId: key, paymentId: randomUUID(), amount: 450, currency: 'EUR' }),
  })
}
