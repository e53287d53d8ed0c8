import { randomUUID } from 'node:crypto'
import { addresses } from '@docket/addresses/addresses.ts'
import { ownTopics } from '@docket/test/support/topics.ts'
import test, { type ExecutionContext } from 'ava'
import { groupLags } from './admin.ts'
import { kafkaClient } from './client.ts'
import { produceOnce } from './producer.ts'

const kafka = kafkaClient({ brokers: [addresses().kafka], clientId: 'group-lags-test' })

async function aGroup(t: ExecutionContext, committed: number, numPartitions = 1) {
  const [topic, group] = [`lags-${randomUUID()}`, `lags-${randomUUID()}`]
  const admin = await ownTopics(t, kafka, { topic, numPartitions })
  t.teardown(() => admin.deleteGroups([group]))
  await produceOnce(
    kafka,
    Array.from({ length: 10 }, (_, at) => ({ topic, key: `${at}`, value: '', headers: {} })),
  )
  await admin.setOffsets({ groupId: group, topic, partitions: [{ partition: 0, offset: String(committed) }] })
  return {
    remove: () => admin.deleteTopics({ topics: [topic] }),
    trimTo: (offset: string) => admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] }),
    lag: async () => (await groupLags(kafka)).find(one => one.group === group)?.lag,
  }
}

test.serial('a group waits for the records that Kafka has kept, not for those that retention has deleted', async t => {
  const { trimTo, lag } = await aGroup(t, 2)
  t.is(await lag(), 8)
  await trimTo('7')
  t.is(await lag(), 3)
  await trimTo('-1') // deletes all records
  t.is(await lag(), 0)
})

test.serial('deleted records that a group had handled do not change its lag', async t => {
  const { trimTo, lag } = await aGroup(t, 8)
  await trimTo('5')
  t.is(await lag(), 2)
})

test.serial('records of a partition that a group has committed nothing of are part of its lag', async t => {
  const { lag } = await aGroup(t, 0, 2)
  t.is(await lag(), 10)
})

test.serial('a topic that was deleted has no lag, and hides that of no other', async t => {
  const [gone, kept] = [await aGroup(t, 2), await aGroup(t, 3)]
  await gone.remove()
  t.deepEqual([await gone.lag(), await kept.lag()], [undefined, 7])
})
