/**
 * The one declared step that creates topics: `KAFKA_BROKERS=host:port node packages/kafka/create-topics.ts`. Safe to
 * run again.
 */
import { createTopics } from './admin.ts'
import { kafkaClient, kafkaSettings } from './client.ts'

const replicationFactor = Number(process.env.KAFKA_REPLICATION_FACTOR ?? '1')
const made = await createTopics(
  kafkaClient(kafkaSettings(process.env, 'create-topics'), (level, message) => {
    if (level === 'error') console.error(message)
  }),
  replicationFactor,
)
console.log(made.length > 0 ? `created ${made.join(', ')}` : 'all topics are there')
