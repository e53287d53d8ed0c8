import { tail } from '@docket/kafka/tail.ts'
import { fill, scratchTopic } from '../scratch-topic.ts'

export interface KafkaAlone {
  sent: number
  read: number
  ordersPerSecond: number
}

const messagesPerOrder = 7

export async function kafkaAlone(brokers: string[], seconds: number): Promise<KafkaAlone> {
  const topic = await scratchTopic(brokers)
  const fromMs = performance.now()
  const count = await fill(brokers, topic, () => performance.now() - fromMs < seconds * 1_000)
  const sent = (count / (performance.now() - fromMs)) * 1_000
  const readFromMs = performance.now()
  let seen = 0
  await tail({
    kafka: { brokers, clientId: 'bench' },
    topics: [topic],
    from: 'beginning',
    follow: false,
    signal: AbortSignal.timeout(60_000),
    onRecord: () => {
      seen++
    },
    onState: () => undefined,
  })
  const read = (seen / (performance.now() - readFromMs)) * 1_000
  return { sent, read, ordersPerSecond: 1 / (messagesPerOrder / sent + messagesPerOrder / read) }
}
