import { randomUUID } from 'node:crypto'
import { addresses } from '@docket/addresses/addresses.ts'
import { ownTopics } from '@docket/test/support/topics.ts'
import test, { type ExecutionContext } from 'ava'
import { kafkaClient } from './client.ts'
import { unconsumed } from './unconsumed.ts'

const kafka = kafkaClient({ brokers: [addresses().kafka], clientId: 'unconsumed-test' })

/** A topic of two partitions with five records in each, and a group that has consumed some of the first ones. */
async function aGroup(t: ExecutionContext, committed: number[]) {
  const [topic, group] = [`unconsumed-${randomUUID()}`, `unconsumed-${randomUUID()}`]
  const admin = await ownTopics(t, kafka, { topic, numPartitions: 2 })
  if (committed.length > 0) t.teardown(() => admin.deleteGroups([group]))
  const producer = kafka.producer()
  await producer.connect()
  const messages = [0, 1].flatMap(partition => Array.from({ length: 5 }, (_, n) => ({ partition, value: `${n}` })))
  await producer.send({ topic, messages })
  await producer.disconnect()
  const partitions = committed.map((offset, partition) => ({ partition, offset: String(offset) }))
  if (partitions.length > 0) await admin.setOffsets({ groupId: group, topic, partitions })
  return {
    trimTo: (offset: string) => admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] }),
    unconsumed: async ({ graceMs = 0, most = 100 } = {}) =>
      (await unconsumed(kafka, { group, topics: [topic], graceMs, most }))
        ?.map(({ partition, offset }) => `${partition}/${offset}`)
        .toSorted(),
  }
}

test.serial('what a group has not committed is found, in every partition', async t => {
  const group = await aGroup(t, [2, 4])
  t.deepEqual(await group.unconsumed(), ['0/2', '0/3', '0/4', '1/4'])
  t.is(await group.unconsumed({ most: 3 }), undefined, 'that is too much to read')
  await group.trimTo('4')
  t.deepEqual(await group.unconsumed(), ['0/4', '1/4'])
})

test.serial('a group that has consumed all but what is young keeps up', async t => {
  const group = await aGroup(t, [5, 4])
  t.deepEqual(await group.unconsumed({ graceMs: 60_000 }), [])
  t.deepEqual(await group.unconsumed(), ['1/4'])
})

test.serial('a partition of which a group has committed nothing is not consumed, either', async t => {
  const group = await aGroup(t, [5])
  t.deepEqual(await group.unconsumed(), ['1/0', '1/1', '1/2', '1/3', '1/4'])
  t.is((await (await aGroup(t, [])).unconsumed())?.length, 10, 'nor is anything before its first commit')
})
