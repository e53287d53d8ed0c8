import test, { type ExecutionContext } from 'ava'
import type { RecordProducer } from '@docket/kafka/producer.ts'
import type { OutgoingRecord } from '@docket/kafka/record-codec.ts'
import { aDatabase } from '@docket/test/support/database.ts'
import { idOf } from '@docket/test/support/events.ts'
import { until } from '@docket/test/support/until.ts'
import { logger } from '../log.ts'
import { publish, type OutgoingEvent } from './outbox.ts'
import { startRelay } from './relay.ts'
import { resendLast } from './resend.ts'

const cancelled = (order: string, sequence: number): OutgoingEvent => ({
  type: 'order.cancelled',
  key: idOf(order),
  sequence,
  data: { orderId: idOf(order), reason: 'requested', detail: `change ${sequence}` },
})

async function aService(t: ExecutionContext) {
  const db = await aDatabase(t, 'shipping-service')
  const sent: OutgoingRecord[] = []
  const producer: RecordProducer = {
    connect: async () => undefined,
    disconnect: async () => undefined,
    partitionOf: topic => `${topic}/0`,
    async send(records) {
      sent.push(...records)
      return { acknowledged: [...records.keys()], tooLarge: [], unavailable: [] }
    },
  }
  const relay = startRelay(db.outbox, producer, '/shipping-service', logger('test', 'silent'))
  t.teardown(() => relay.stop())
  const allSent = (count: number) =>
    until(`${count} are sent, and removed`, async () => {
      relay.wake()
      return sent.length === count && (await db.outbox.depth()).rows === 0
    })
  return {
    sent,
    async publishes(...events: OutgoingEvent[]) {
      const before = sent.length
      await db.transaction(tx => publish(tx, events))
      await allSent(before + events.length)
    },
    /** Into the outbox of a service whose relay has ended, so that it stays there. */
    async writes(...events: OutgoingEvent[]) {
      await relay.stop()
      await db.transaction(tx => publish(tx, events))
    },
    reads: async (order: string) => (await db.transaction(tx => resendLast(tx, idOf(order))))?.sequence,
    async resends(order: string) {
      const before = sent.length
      const event = await db.transaction(tx => resendLast(tx, idOf(order)))
      if (event) await allSent(before + 1)
      return event
    },
  }
}

test('the last event about an order is published again, with the same id, sequence, time and data', async t => {
  const { sent, publishes, resends } = await aService(t)
  await publishes(cancelled('A', 1), cancelled('B', 1), cancelled('A', 2))
  await publishes(cancelled('A', 3))
  const last = sent.at(-1)
  t.is((await resends('A'))?.sequence, 3)
  t.deepEqual(sent.at(-1), last)
  t.is((await resends('B'))?.sequence, 1)
})

test('of several events about an order in one batch the last is kept', async t => {
  const { publishes, resends } = await aService(t)
  await publishes(cancelled('A', 1), cancelled('A', 2), cancelled('A', 3))
  t.is((await resends('A'))?.sequence, 3)
})

test('an older event that is published again does not replace the last one', async t => {
  const { publishes, resends } = await aService(t)
  await publishes(cancelled('A', 2))
  await publishes(cancelled('A', 1))
  t.is((await resends('A'))?.sequence, 2)
})

test('an event that was just sent is published again, although its row is not removed yet', async t => {
  const { publishes, writes, reads } = await aService(t)
  await publishes(cancelled('A', 1))
  await writes(cancelled('A', 2), cancelled('B', 1))
  t.is(await reads('A'), 2)
  t.is(await reads('B'), 1)
})

test('a service that has sent nothing about an order has nothing to publish again', async t => {
  const { sent, resends } = await aService(t)
  t.is(await resends('A'), undefined)
  t.deepEqual(sent, [])
})
