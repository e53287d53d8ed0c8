import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import test from 'ava'
import { root } from '@docket/addresses/addresses.ts'
import { isMalformed, parseRecord, type IncomingRecord, type OutgoingRecord } from '@docket/kafka/record-codec.ts'
import { readContract } from '@docket/tools/generate/contract/read.ts'
import { randomFrom } from '../chaos/random.ts'
import { checks } from './checks.ts'
import { letterFaults, outcomeOf, publishedFaults, sequenceFaults, type Published } from './observed.ts'
import { ofALaterType, poisons, withLaterFields } from './poison.ts'
import { comparableStories, pairs, soloStories, storyteller } from './stories.ts'
import { keyFieldOf, subjectOf } from './subject.ts'

const contract = await readContract(new URL('../../../events/', import.meta.url))
const everything = subjectOf(contract, 'a-service', { handles: contract.map(({ topic }) => topic) })

const asRead = ({ topic, key, value, headers }: OutgoingRecord, offset = '0'): IncomingRecord => ({
  topic,
  partition: 0,
  offset,
  timestamp: '0',
  key: key === null ? null : Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  headers,
})

test('every made-up event is valid, with and without what may be missing, and with what a later release adds', t => {
  for (let seed = 1; seed <= 20; seed++) {
    const teller = storyteller(randomFrom(seed))
    for (const told of soloStories(everything).map(teller.tell))
      for (const record of [...told.records, ...withLaterFields(told).records]) {
        const parsed = parseRecord(asRead(record))
        t.false(isMalformed(parsed), `${told.story.name}: ${JSON.stringify(parsed)}`)
        t.is(record.key, told.key)
      }
  }
})

test('a made-up event is about its key', t => {
  const teller = storyteller(randomFrom(1))
  for (const { records, key, story } of comparableStories(everything).map(teller.tell)) {
    const data = JSON.parse(String(records[0]?.value)) as Record<string, unknown>
    t.is(data[keyFieldOf(story.steps[0]!.schema)!], key, story.name)
  }
})

test('events of which all have one key are not compared, and their marks are those of the example', t => {
  t.false(comparableStories(everything).some(({ name }) => name === 'retention.passed'))
  const retention = soloStories(everything).find(({ name }) => name === 'retention.passed')!
  const { key, records } = storyteller(randomFrom(1)).tell(retention)
  t.is(key, 'retention')
  t.regex(String(records[0]?.value), /"before":"01981b2c-7d3e-0000-0000-000000000000"/) // else it would pass on what is sent
})

test('every kind of poison is malformed, and a later type is not', t => {
  const teller = storyteller(randomFrom(1))
  for (const { kind, record } of poisons(everything, teller, () => []))
    t.true(isMalformed(parseRecord(asRead(record))), kind)
  for (const told of comparableStories(everything).map(teller.tell))
    for (const record of ofALaterType(teller, told)) t.false(isMalformed(parseRecord(asRead(record))))
})

test('who owns the dead letters of a topic has more of them to write; an observer none', t => {
  const lettered = (name: string, observes = false) =>
    poisons(
      subjectOf(contract, name, { handles: ['order.accepted'], observes }),
      storyteller(randomFrom(1)),
      () => [],
    ).filter(({ isDeadLettered }) => isDeadLettered).length
  t.deepEqual([lettered('shipping-service'), lettered('inventory-service'), lettered('a-report', true)], [7, 9, 0])
})

test('pairs are of two topics, about the same thing, in both orders', t => {
  const names = pairs(
    subjectOf(contract, 'payment-service', { handles: ['retention.passed', 'stock.reserved', 'order.cancelled'] }),
  )
  t.deepEqual(
    names.map(both => both.map(({ name }) => name)),
    [['stock.reserved, then order.cancelled', 'order.cancelled, then stock.reserved']],
  )
  t.deepEqual(pairs(subjectOf(contract, 'shipping-service', { handles: ['retention.passed', 'order.accepted'] })), [])
})

test('a type that the contract does not have is refused', t => {
  t.throws(() => subjectOf(contract, 'a-service', { handles: ['order.creatd'] }), {
    message: /^order.creatd is no event type and no topic of events\/; there are .*item.created, /,
  })
})

const undoes = new Map([['payment.refunded', 'payment.succeeded']])
const event = (id: string, type: string) => ({ id, type })
for (const [title, published, expected] of [
  ['once', [event('1', 'payment.succeeded')], ['payment.succeeded']],
  ['once, sent twice', [event('1', 'payment.succeeded'), event('1', 'payment.succeeded')], ['payment.succeeded']],
  [
    'twice',
    [event('1', 'payment.succeeded'), event('2', 'payment.succeeded')],
    ['payment.succeeded', 'payment.succeeded'],
  ],
  ['done and undone', [event('1', 'payment.succeeded'), event('2', 'payment.refunded')], []],
  ['undone before it was told of', [event('2', 'payment.refunded')], []],
  [
    'done twice and undone once',
    [event('1', 'payment.succeeded'), event('2', 'payment.succeeded'), event('3', 'payment.refunded')],
    ['payment.succeeded', 'payment.succeeded'],
  ],
  [
    'undone twice',
    [event('1', 'payment.succeeded'), event('2', 'payment.refunded'), event('3', 'payment.refunded')],
    ['payment.refunded', 'payment.refunded', 'payment.succeeded'],
  ],
] as const)
  test(`the outcome of an event that had its effect ${title}`, t =>
    t.deepEqual(outcomeOf(published, undoes), [...expected]))

const teller = storyteller(randomFrom(7))
const succeeded = contract.find(({ topic }) => topic === 'payment-events')!
const step = {
  ...succeeded.events.find(({ type }) => type === 'payment.succeeded')!,
  topic: 'payment-events',
  producer: 'payment-service',
}
const order = '0198a000-0000-7000-8000-000000000001'
const inTopic = { ...succeeded, partitions: 1 }

function aPublished(sequence: number, change: Partial<OutgoingRecord['headers']> = {}): Published {
  const { headers, ...rest } = teller.event(step, order, sequence)
  const kept = Object.entries({ ...headers, ...change }).filter(([, value]) => value !== undefined)
  const record = asRead({ ...rest, headers: Object.fromEntries(kept) as OutgoingRecord['headers'] })
  return { record, key: order, type: step.type, id: String(record.headers.ce_id), sequence }
}

for (const [sequences, isRight] of [
  [[1], true],
  [[1, 2, 3], true],
  [[1, 3], true],
  [[0], false],
  [[2], false],
  [[1, 1], false],
  [[1, 3, 2], false],
] as const)
  test(`the sequences ${sequences.join(', ')} of a key are ${isRight ? 'right' : 'wrong'}`, t =>
    t.is(sequenceFaults(sequences.map(n => aPublished(n))).length, isRight ? 0 : 1))

test('events that a relay sends again after a crash do not disturb the order', t => {
  const [first, second] = [aPublished(1), aPublished(2)]
  t.deepEqual(sequenceFaults([first, second, first, second]), [])
})

test('a published event is as the contract says', t => t.deepEqual(publishedFaults([aPublished(1)], [inTopic]), []))

for (const [change, complaint] of [
  [{ ce_subject: undefined }, /ce_subject is missing/],
  [{ ce_id: '7' }, /header ce_id is not a UUID/],
  [{ ce_time: '2026-01-31T12:00:00+02:00' }, /ce_time is .* in UTC/],
  [{ ce_source: undefined }, /ce_source is missing/],
  [{ 'content-type': 'text/plain' }, /content-type is text\/plain/],
  [{ ce_type: 'order.celebrated' }, /order.celebrated is no type of events/],
] as const)
  test(`a published event with ${JSON.stringify(change)} is found: ${complaint.source}`, t =>
    t.regex(publishedFaults([aPublished(1, change)], [inTopic]).join(), complaint))

test('another event with a ce_id that was used, and one in a partition that its key does not have, are found', t => {
  const [one, other] = [aPublished(1), aPublished(2)]
  const reused = { ...other, id: one.id, record: { ...other.record, value: Buffer.from('{}') } }
  t.regex(publishedFaults([one, reused], [inTopic]).join(), /was used before/)
  const wanders = { ...one, record: { ...one.record, partition: 7 } }
  t.regex(publishedFaults([wanders], [inTopic]).join(), /partition 7, which is not murmur2/)
})

test('a dead letter is the record as it was, and says whence, why and when', t => {
  const origin = asRead(teller.event(step, order, 1), '41')
  const headers = {
    ...origin.headers,
    dlq_reason: 'not_json',
    dlq_error: 'the value is not JSON',
    dlq_topic: 'payment-events',
    dlq_partition: '0',
    dlq_offset: '41',
    dlq_group: 'a-service',
    dlq_time: '2026-01-31T12:00:00.000Z',
  }
  const letter = { ...origin, topic: 'payment-events.dlq', offset: '3', headers }
  t.deepEqual(letterFaults(letter, origin, 'a-service'), [])
  for (const name of Object.keys(headers)) {
    const { [name as keyof typeof headers]: _, ...rest } = headers
    t.is(letterFaults({ ...letter, headers: rest }, origin, 'a-service').length, 1, name)
  }
  t.is(letterFaults({ ...letter, value: Buffer.from('{}') }, origin, 'a-service').length, 1)
  t.is(letterFaults({ ...letter, key: null }, origin, 'a-service').length, 1)
  t.is(letterFaults(letter, undefined, 'a-service').length, 1)
})

test('docs/add-a-service.md tells what each check expects', t => {
  const page = readFileSync(join(root, 'docs/add-a-service.md'), 'utf8')
  for (const { name } of checks) t.true(page.includes(`| ${name} `) || page.includes(`| \`${name}\` `), name)
})
