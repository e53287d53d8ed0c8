import { Command } from 'commander'
import { kafkaOf, withKafka } from '../../client/topics.ts'
import type { About, Make } from '../../command.ts'
import { table } from '../../render/table.ts'

export const about: About = {
  summary: 'List the topics',
  prints: [{ topic: 'string', partitions: 'integer', records: 'integer' }],
  samples: [{ needs: 'kafka', callers: 'everybody' }],
}

export const command: Make = ready =>
  new Command('topics')
    .description('List the topics, with how many events are in each')
    .addHelpText('after', '\nExample:\n  $ mgmt events topics -o json')
    .action(async () => {
      const mgmt = await ready()
      const [{ kafkaClient }, { topicOverview }] = await Promise.all([
        import('@docket/kafka/client.ts'),
        import('@docket/kafka/admin.ts'),
      ])
      const list = await withKafka(mgmt, () => topicOverview(kafkaClient(kafkaOf(mgmt))))
      await mgmt.print(list, (all, look) =>
        table(
          ['TOPIC', 'PARTITIONS', 'EVENTS'],
          all.map(one => [one.topic, String(one.partitions), String(one.records)]),
          look,
          [1, 2],
        ),
      )
    })
