/**
 * The baseline for `mgmt events tail`: kafkajs alone, in a process of its own as mgmt is, which counts records without
 * reading them. node test/bench/bare-consumer.ts BROKERS TOPIC COUNT prints the milliseconds until it has seen COUNT
 * records, not counting startup and joining the group.
 */
import { kafkaClient } from '@docket/kafka/client.ts'

const [brokers = '', topic = '', count = ''] = process.argv.slice(2)
const consumer = kafkaClient({ brokers: brokers.split(','), clientId: 'bench' }).consumer({ groupId: `bench-${topic}` })
const done = Promise.withResolvers<void>()
let [seen, fromMs] = [0, 0]
consumer.on(consumer.events.GROUP_JOIN, () => {
  fromMs = performance.now()
})
await consumer.connect()
await consumer.subscribe({ topics: [topic], fromBeginning: true })
await consumer.run({
  eachBatch: async ({ batch }) => {
    seen += batch.messages.length
    if (seen >= Number(count)) done.resolve()
  },
})
await done.promise
console.log(performance.now() - fromMs)
await consumer.disconnect()
