import { randomUUID } from 'node:crypto'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import test from 'ava'
import { addresses } from '@docket/addresses/addresses.ts'
import { kafkaClient } from '@docket/kafka/client.ts'
import { connectedProducer, ownTopics } from '@docket/test/support/topics.ts'
import { startOfLast } from './past.ts'

const settings = { brokers: [addresses().kafka], clientId: 'past-test' }
const kafka = kafkaClient(settings)

const fillers = 40
const fillerBytes = 120 * 1024 // nearly what one fetch reads of a partition

test('of records that count, no more than their offsets is kept while others are searched', async t => {
  const topic = `past-${randomUUID()}`
  await ownTopics(t, kafka, { topic })
  const producer = await connectedProducer(t, kafka)
  const filler = Buffer.alloc(fillerBytes)
  for (let sent = 0; sent < fillers; sent++)
    await producer.send([
      { topic, key: 'A', value: 'counts', headers: { ce_type: 'order.completed' } },
      { topic, key: 'A', value: filler, headers: { ce_type: 'order.created' } },
    ])
  setFlagsFromString('--expose-gc')
  const collect = runInNewContext('gc') as () => void // as that flag defines it
  const kept: number[] = []
  const [start] = await startOfLast(settings, {
    topics: one => one === topic,
    last: fillers,
    async wanted(entries) {
      collect()
      kept.push(process.memoryUsage().arrayBuffers)
      return new Set(entries.filter(entry => entry.event(undefined).type === 'order.completed'))
    },
  })
  t.is(start?.next, 0)
  const growth = Math.max(...kept) - (kept[0] ?? 0)
  t.true(growth < (fillers * fillerBytes) / 4, `${growth} bytes more were kept than at first`)
})
