import { Command } from 'commander'
import type { Make } from '../../mgmt.ts'
import { exit, Failure } from '../../failure.ts'
import { table } from '../../render/table.ts'

export const topics: Make = ready => new Command('topics')
  .description('List the topics, with how many events are in each')
  .addHelpText('after', '\nExample:\n  $ mgmt events topics -o json')
  .action(async () => {
    const mgmt = await ready()
    const [{ kafkaClient }, { topicOverview }] = await Promise.all([import('@docket/kafka/client.ts'), import('@docket/kafka/admin.ts')])
    try {
      const list = await topicOverview(kafkaClient({ brokers: mgmt.context.kafkaBrokers.split(','), clientId: 'mgmt' }))
      await mgmt.print(list, (all, look) => table(['TOPIC', 'PARTITIONS', 'EVENTS'], all.map(one => [one.topic, String(one.partitions), String(one.records)]), look, [1, 2]))
    } catch (error) {
      throw new Failure(`Kafka at ${mgmt.context.kafkaBrokers} cannot be reached: ${error instanceof Error ? error.message : error}`, { status: exit.unreachable, code: 'kafka_unreachable', next: 'see what runs with: mgmt status', cause: error })
    }
  })
