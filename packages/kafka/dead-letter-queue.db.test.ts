import { randomUUID } from 'node:crypto'
import { addresses } from '@docket/addresses/addresses.ts'
import { ownTopics } from '@docket/test/support/topics.ts'
import test, { type ExecutionContext } from 'ava'
import { createTopics } from './admin.ts'
import { kafkaClient } from './client.ts'
import { deadLetterIn, dismiss, lettersIn, readDeadLetters, redrive } from './dead-letter-queue.ts'
import { toReference } from './dead-letter-record.ts'
import { produceOnce } from './producer.ts'
import type { IncomingRecord } from './record-codec.ts'
import { tail } from './tail.ts'
import { deadLetterTopic } from './topics.ts'

const settings = { brokers: [addresses().kafka], clientId: 'dead-letters-test' }

async function someLetters(offsets: string[], value = '{broken', key = randomUUID()) {
  const kafka = kafkaClient(settings)
  await createTopics(kafka)
  const group = randomUUID()
  const dlq = (offset: string) => ({
    dlq_topic: 'user-events',
    dlq_partition: '0',
    dlq_offset: offset,
    dlq_group: group,
    dlq_reason: 'failed',
    dlq_error: 'broken',
  })
  const letter = (offset: string, id?: string) => ({
    topic: 'user-events.dlq',
    key,
    value,
    headers: { ce_type: 'user.signed_up', ...(id !== undefined && { ce_id: id }), ...dlq(offset) },
  })
  await produceOnce(
    kafka,
    offsets.map(offset => letter(offset)),
  )
  return {
    key,
    group,
    gets: (offset: string, id: string) => produceOnce(kafka, [letter(offset, id)]),
    now: async () =>
      (await readDeadLetters(settings, new AbortController().signal)).filter(letter => letter.group === group),
  }
}

async function sentAgain(key: string): Promise<IncomingRecord[]> {
  const sent: IncomingRecord[] = []
  await tail({
    kafka: settings,
    topics: ['user-events'],
    from: 'beginning',
    follow: false,
    signal: new AbortController().signal,
    onState: () => undefined,
    onRecord: record => void (String(record.key) === key && sent.push(record)),
  })
  return sent
}

test.serial('a dismissed dead letter does not count as redriven, and the others still wait', async t => {
  const letters = await someLetters([`7${Date.now()}`, `8${Date.now()}`])
  const [first, second] = await letters.now()
  t.like(first, { redrivenAt: null, dismissedAt: null })
  await dismiss(settings, [first!])
  t.like((await letters.now())[0], { id: first!.id, redrivenAt: null })
  t.regex((await letters.now())[0]?.dismissedAt ?? '', /^\d{4}-/)
  t.deepEqual((await letters.now())[1], second)
})

test.serial('to dismiss the same dead letter twice does no harm', async t => {
  const letters = await someLetters([`9${Date.now()}`])
  await dismiss(settings, await letters.now())
  await dismiss(settings, await letters.now())
  t.is((await letters.now()).length, 1)
})

test.serial('what two groups could not handle is listed for each of them, and sent again once', async t => {
  const offset = `6${Date.now()}`
  const one = await someLetters([offset])
  const another = await someLetters([offset], undefined, one.key)
  t.deepEqual([(await one.now()).length, (await another.now()).length], [1, 1])
  await redrive(settings, [...(await one.now()), ...(await another.now())])
  t.is((await sentAgain(one.key)).length, 1)
  for (const letters of [one, another]) t.regex((await letters.now())[0]?.redrivenAt ?? '', /^\d{4}-/)
})

test.serial('a record that is sent again is as it was: the headers of the queue stay behind', async t => {
  const letters = await someLetters([`5${Date.now()}`])
  const [letter] = await letters.now()
  await redrive(settings, [letter!])
  const sent = await sentAgain(letters.key)
  t.deepEqual(
    sent.map(({ value, headers }) => [String(value), Object.keys(headers)]),
    [['{broken', ['ce_type']]],
  )
})

/** Dead letters by reference, as a consumer leaves them for records that are too large. */
async function referenced(t: ExecutionContext, values: string[]) {
  const kafka = kafkaClient(settings)
  const topic = `references-${randomUUID()}`
  const admin = await ownTopics(t, kafka, { topic }, { topic: deadLetterTopic(topic) })
  const headers = { ce_type: 'order.completed' }
  await produceOnce(
    kafka,
    values.map(value => ({ topic, key: 'A', value, headers })),
  )
  const letters = values.map((_, offset) => {
    const record: IncomingRecord = {
      topic,
      partition: 0,
      offset: String(offset),
      timestamp: '0',
      key: Buffer.from('A'),
      value: null,
      headers,
    }
    const { value, headers: made } = toReference({ record, reason: 'not_json', message: 'no JSON' }, 'some-group')
    return deadLetterIn({ ...record, topic: deadLetterTopic(topic), value: value as null, headers: made })
  })
  const recordsNow = async () => {
    const found: IncomingRecord[] = []
    const signal = new AbortController().signal
    const onRecord = (record: IncomingRecord) => void found.push(record)
    await tail({
      kafka: settings,
      topics: [topic],
      from: 'beginning',
      follow: false,
      signal,
      onState: () => undefined,
      onRecord,
    })
    return found
  }
  const valuesNow = async () => (await recordsNow()).map(({ value }) => String(value))
  return { topic, admin, letters, recordsNow, valuesNow }
}

/** A dead letter with a copy, as anyone with write access can forge it. */
const copyOf = (topic: string, { partition = '0', offset = '0', key = 'A', value = 'forged', id = '' }) =>
  deadLetterIn({
    topic: deadLetterTopic(topic),
    partition: 0,
    offset: '0',
    timestamp: '0',
    key: Buffer.from(key),
    value: Buffer.from(value),
    headers: {
      ce_type: 'order.forged',
      ...(id && { ce_id: id }),
      dlq_partition: partition,
      dlq_offset: offset,
      dlq_group: 'some-group',
    },
  })

test.serial('what lies in its topic is redriven as it lies there, whatever its dead letter says', async t => {
  const { topic, recordsNow } = await referenced(t, ['first', 'second'])
  t.deepEqual(await redrive(settings, [copyOf(topic, { offset: '1' })]), { gone: [], left: [] })
  t.deepEqual(
    (await recordsNow()).map(({ key, value, headers }) => `${key} ${value} ${headers.ce_type}`),
    ['A first order.completed', 'A second order.completed', 'A second order.completed'],
  )
})

test.serial('what lies in a topic that was made again is not redriven for another event, nor is a copy', async t => {
  const { topic, letters, valuesNow } = await referenced(t, ['young'])
  const old = { ...letters[0]!, record: { ...letters[0]!.record, key: Buffer.from('B') } }
  for (const letter of [copyOf(topic, { id: randomUUID() }), copyOf(topic, { key: 'B' }), old])
    t.deepEqual(await redrive(settings, [letter]), { gone: [letter], left: [] })
  t.deepEqual(await valuesNow(), ['young'])
})

test.serial('what fails in a topic that was made again is another dead letter, and so are their marks', async t => {
  const offset = `3${Date.now()}`
  const { gets, now } = await someLetters([])
  const waiting = async () => (await now()).map(({ dismissedAt }) => dismissedAt === null)
  await gets(offset, randomUUID())
  await dismiss(settings, await now())
  await gets(offset, randomUUID())
  t.deepEqual(await waiting(), [false, true])
  await gets(offset, randomUUID())
  await dismiss(settings, (await now()).slice(-1))
  t.deepEqual(await waiting(), [false, true, false])
})

test.serial('of a record that has gone from its topic the copy is redriven', async t => {
  const { topic, admin, valuesNow } = await referenced(t, ['old', 'young'])
  await admin.fetchTopicOffsets(topic) // otherwise the admin does not know the leader of the partition
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '1' }] }) // as retention does
  t.deepEqual(await redrive(settings, [copyOf(topic, { offset: '0', value: 'old' })]), { gone: [], left: [] })
  t.deepEqual(await valuesNow(), ['young', 'old'])
})

test.serial('a dead letter whose origin there cannot be keeps no other from being redriven', async t => {
  const { topic, letters, valuesNow } = await referenced(t, ['first'])
  const odd = [
    { partition: '99999999' },
    { partition: '-1' },
    { partition: 'x' },
    { offset: '-1' },
    { offset: '1e3' },
    { offset: 'x' },
    { offset: '9'.repeat(30) },
    { offset: '' },
  ].map(origin => copyOf(topic, { ...origin, value: 'odd' }))
  t.deepEqual(await redrive(settings, [...odd, letters[0]!]), { gone: [], left: [] })
  t.deepEqual((await valuesNow()).toSorted(), ['first', 'first', ...odd.map(() => 'odd')])
})

test.serial('of many records of a topic those are redriven that were dead-lettered, each once', async t => {
  const values = Array.from({ length: 900 }, (_, n) => `${n} ${'x'.repeat(700)}`) // needs ten fetches
  const { letters, valuesNow } = await referenced(t, values)
  const some = [0, 1, 2, 400, 898, 899, 401].map(n => letters[n]!)
  t.deepEqual(await redrive(settings, some), { gone: [], left: [] })
  const again = (await valuesNow()).slice(values.length).map(value => Number(value.split(' ')[0]))
  t.deepEqual(
    again.toSorted((a, b) => a - b),
    [0, 1, 2, 400, 401, 898, 899],
  )
})

test.serial('of dead letters that are not wanted the value is not kept, and the rest is', async t => {
  const valueBytes = 2 * Buffer.poolSize // small ones share memory
  const { group, now } = await someLetters([`41${Date.now()}`, `42${Date.now()}`], 'x'.repeat(valueBytes))
  const [first, second] = await now()
  const signal = new AbortController().signal
  const found = (await lettersIn(settings, ['user-events'], signal, new Set([second!.id]))).filter(
    letter => letter.group === group,
  )
  for (const { record } of found)
    for (const bytes of [record.key, ...Object.values(record.headers)] as Buffer[])
      t.true(bytes.buffer.byteLength < valueBytes, 'it keeps the response that it came with')
  t.deepEqual(found, [{ ...first!, record: { ...first!.record, value: null } }, second!])
})

test.serial('a dead letter by reference is redriven as its record lies in the topic', async t => {
  const { letters, valuesNow } = await referenced(t, ['first', 'second'])
  t.true(letters[1]?.byReference)
  t.deepEqual(await redrive(settings, [letters[1]!]), { gone: [], left: [] })
  t.deepEqual(await valuesNow(), ['first', 'second', 'second'])
})

test.serial('a dead letter by reference whose record is no longer in its topic is not sent, and named', async t => {
  const { topic, admin, letters, valuesNow } = await referenced(t, ['old', 'young'])
  await admin.fetchTopicOffsets(topic) // otherwise the admin does not know the leader of the partition
  await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset: '1' }] }) // as retention does
  const { gone } = await redrive(settings, letters)
  t.deepEqual(
    gone.map(({ offset }) => offset),
    ['0'],
  )
  t.deepEqual(await valuesNow(), ['young', 'young'])
})

test.serial(
  'a dead letter by reference into a topic that was made anew is not sent, and named; the others go',
  async t => {
    const { letters, valuesNow } = await referenced(t, ['young'])
    const { gone } = await redrive(settings, [{ ...letters[0]!, offset: '7' }, letters[0]!])
    t.deepEqual(
      gone.map(({ offset }) => offset),
      ['7'],
    )
    t.deepEqual(await valuesNow(), ['young', 'young'])
  },
)

test.serial('thousands of dead letters are redriven, and marked as such', async t => {
  const offsets = Array.from({ length: 2_000 }, (_, n) => `${Date.now()}${n}`)
  const letters = await someLetters(offsets, 'x'.repeat(700))
  t.deepEqual(await redrive(settings, await letters.now()), { gone: [], left: [] })
  const after = await letters.now()
  t.is(after.length, 2_000)
  t.true(after.every(({ redrivenAt }) => redrivenAt !== null))
})
