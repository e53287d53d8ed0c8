import { randomUUID } from 'node:crypto'
import { addresses } from '@docket/addresses/addresses.ts'
import test from 'ava'
import { createTopics } from './admin.ts'
import { kafkaClient } from './client.ts'
import { dismiss, readDeadLetters } from './dead-letter-queue.ts'
import { produceOnce } from './producer.ts'

const settings = { brokers: [addresses().kafka], clientId: 'dead-letters-test' }

/** Dead letters of a topic without consumers, and what has become of them. */
async function someLetters(offsets: string[]) {
  const kafka = kafkaClient(settings)
  await createTopics(kafka)
  const key = randomUUID()
  const dlq = (offset: string) => ({
    dlq_topic: 'user-events',
    dlq_partition: '0',
    dlq_offset: offset,
    dlq_group: key,
    dlq_reason: 'failed',
    dlq_error: 'broken',
  })
  await produceOnce(
    kafka,
    offsets.map(offset => ({
      topic: 'user-events.dlq',
      key,
      value: '{broken',
      headers: { ce_type: 'user.signed_up', ...dlq(offset) },
    })),
  )
  return {
    now: async () =>
      (await readDeadLetters(settings, new AbortController().signal)).filter(letter => letter.group === key),
  }
}

test('a dismissed dead letter does not count as redriven, and the others still wait', async t => {
  const letters = await someLetters([`7${Date.now()}`, `8${Date.now()}`])
  const [first, second] = await letters.now()
  t.like(first, { redrivenAt: null, dismissedAt: null })
  await dismiss(settings, [first!])
  t.like((await letters.now())[0], { id: first!.id, redrivenAt: null })
  t.regex((await letters.now())[0]?.dismissedAt ?? '', /^\d{4}-/)
  t.deepEqual((await letters.now())[1], second)
})

test('to dismiss the same dead letter twice does no harm', async t => {
  const letters = await someLetters([`9${Date.now()}`])
  await dismiss(settings, await letters.now())
  await dismiss(settings, await letters.now())
  t.is((await letters.now()).length, 1)
})
