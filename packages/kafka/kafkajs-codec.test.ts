import test from 'ava'
import fc from 'fast-check'
import Batch from 'kafkajs/src/consumer/batch.js'
import theirCrc32c from 'kafkajs/src/protocol/recordBatch/crc32C/index.js'
import theirResponse from 'kafkajs/src/protocol/requests/fetch/v11/response.js'
import protocol from 'kafkajs/src/protocol/requests/index.js'
import theirRequest from 'kafkajs/src/protocol/requests/produce/v7/request.js'
import { crc32c } from './crc32c.ts'
import { FetchedRecord, type FetchedMessage } from './fetched-record.ts'
import type { ProduceOptions } from './kafkajs-codec.ts'
import './kafkajs-codec.ts'
import { firstText } from './record-codec.ts'

/** What kafkajs does by itself. */
const theirs: Codec = {
  request: theirRequest,
  decode: async raw => (await theirResponse.decode(raw)) as Decoded,
}
/** What it does with this codec. */
const ours: Codec = {
  request: options => protocol.requests.Produce.protocol({ version: 7 })(options as ProduceOptions).request as Encoding,
  decode: async raw => (await protocol.requests.Fetch.protocol({ version: 11 })({}).response.decode(raw)) as Decoded,
}

interface Encoding {
  encode(): Promise<{ buffer: Buffer }>
}

interface Decoded {
  responses: { topicName: string; partitions: { partition: number; messages: Message[] }[] }[]
}

interface Message extends FetchedMessage {
  batchContext: { producerId: string; inTransaction: boolean }
}

const topic = 'a-topic'
const gzip = 1

interface Aborted {
  producer: number
  first: number
}

interface Codec {
  request(options: object): Encoding
  decode(raw: Buffer): Promise<Decoded>
}

/** The batch in a request to produce some messages to one partition. */
async function batchBy(codec: Codec, messages: object[], options: object = {}): Promise<Buffer> {
  const topicData = [{ topic, partitions: [{ partition: 0, firstSequence: 0, messages }] }]
  const request = codec.request({ acks: -1, timeout: 1_000, compression: 0, producerId: -1, topicData, ...options })
  const { buffer } = await request.encode()
  const head = 2 + 2 + 4 + 4 + (2 + topic.length) + 4 + 4 + 4 // until the size of the batches, inclusive
  return Buffer.from(buffer.subarray(head))
}

/** A response to a fetch, with these batches in partition 1 and nothing in partition 0. */
const responseWith = (...batches: Buffer[]) => responseOf(batches, [])

function responseOf(batches: Buffer[], abortedTransactions: Aborted[]): Buffer {
  const partition = (id: number, records: Buffer) => {
    const [head, tail] = [Buffer.alloc(4 + 2 + 3 * 8 + 4), Buffer.alloc(4 + 4)]
    head.writeInt32BE(id, 0)
    head.writeBigInt64BE(2n ** 40n, 6) // high watermark
    head.writeInt32BE(abortedTransactions.length || -1, 30) // -1: none
    const aborted = abortedTransactions.map(({ producer, first }) => {
      const one = Buffer.alloc(8 + 8)
      one.writeBigInt64BE(BigInt(producer), 0)
      one.writeBigInt64BE(BigInt(first), 8)
      return one
    })
    tail.writeInt32BE(-1, 0) // no preferred replica
    tail.writeInt32BE(records.length, 4)
    return Buffer.concat([head, ...aborted, tail, records])
  }
  const head = Buffer.alloc(4 + 2 + 4 + 4 + 2 + topic.length + 4)
  head.writeInt32BE(1, 10)
  head.writeInt16BE(topic.length, 14)
  head.write(topic, 16)
  head.writeInt32BE(2, 16 + topic.length)
  return Buffer.concat([head, partition(0, Buffer.alloc(0)), partition(1, Buffer.concat(batches))])
}

/** Without what nobody reads: the version of the record, and most facts about its batch. */
const facts = (decoded: Decoded) => ({
  ...decoded,
  responses: decoded.responses.map(({ topicName, partitions }) => ({
    topicName,
    partitions: partitions.map(({ messages, ...partition }) => ({
      ...partition,
      messages: messages.map(({ batchContext: { producerId, inTransaction }, headers, ...message }) => ({
        headers, // ours are decoded when they are asked for, so no rest has them
        ...Object.fromEntries(
          Object.entries(message).filter(([name]) => name !== 'magicByte' && name !== 'attributes'),
        ),
        batchContext: { producerId, inTransaction },
      })),
    })),
  })),
})

const text = fc.string({ unit: 'binary', maxLength: 200 })
const bytes = fc.uint8Array({ maxLength: 200 }).map(list => Buffer.from(list))
const long = fc.constant('x'.repeat(8_192)) // the length of such a record takes three bytes
const value = fc.oneof({ arbitrary: text, weight: 9 }, { arbitrary: bytes, weight: 9 }, long)
const message = fc.record({
  key: fc.option(fc.oneof(text, bytes)),
  value: fc.option(value),
  headers: fc.dictionary(
    text.filter(name => !(name in {})), // kafkajs adds the values of `valueOf` to those of the prototype
    fc.oneof(value, fc.array(value, { minLength: 2, maxLength: 3 })),
    { maxKeys: 3 },
  ),
  timestamp: fc.integer({ min: 1, max: 4_000_000_000_000 }).map(String),
})
const messages = fc.array(message, { minLength: 1, maxLength: 5 })

/** Without the leader epoch, which the broker sets, and epoch and sequence of a producer, which has no id here. */
async function comparableBatchBy(codec: Codec, list: object[]): Promise<string> {
  const batch = await batchBy(codec, list)
  const isChecksumRight = batch.readUInt32BE(17) === theirCrc32c(batch.subarray(21))
  batch.fill(0, 12, 16).fill(0, 17, 21).fill(0, 51, 57)
  return `${batch.toString('hex')} ${isChecksumRight}`
}

test('a batch that is sent is what kafkajs would have sent', async t => {
  await fc.assert(
    fc.asyncProperty(messages, async list => {
      const sameTime = list.map(one => ({ ...one, timestamp: '1000' })) // kafkajs orders times as text
      t.is(await comparableBatchBy(ours, sameTime), await comparableBatchBy(theirs, sameTime))
    }),
    { numRuns: 30 },
  )
})

test('a batch is right wherever the buffer has to grow', async t => {
  for (let length = 600; length < 1_100; length++) {
    const list = ['x'.repeat(length), 'y'].map(value => ({ key: 'k', value, headers: { a: 'b' }, timestamp: '1000' }))
    t.is(await comparableBatchBy(ours, list), await comparableBatchBy(theirs, list), `${length} bytes`)
  }
})

test('a record is read as kafkajs would have read it', async t => {
  await fc.assert(
    fc.asyncProperty(messages, messages, async (some, more) => {
      const response = responseWith(await batchBy(theirs, some), await batchBy(theirs, more))
      t.deepEqual(facts(await ours.decode(response)), facts(await theirs.decode(response)))
    }),
    { numRuns: 30 },
  )
})

test('a header is the same text, whether it is read alone, or with all others, by either codec', async t => {
  await fc.assert(
    fc.asyncProperty(messages, async list => {
      const response = responseWith(await batchBy(theirs, list))
      const read = async (codec: Codec) => (await codec.decode(response)).responses[0]?.partitions[1]?.messages ?? []
      const [own, other] = [await read(ours), await read(theirs)]
      own.forEach((message, at) => {
        const [record, expected] = [message, other[at] as Message].map(one => new FetchedRecord('a', 0, one))
        for (const name of [...Object.keys(expected?.headers ?? {}), 'ce_type']) {
          t.is(record?.textOf(name), expected?.textOf(name))
          t.is(record?.textOf(name), firstText(record?.headers ?? {}, name))
        }
      })
    }),
    { numRuns: 30 },
  )
})

test('a header is found behind one without a value, and behind one whose name begins as its own does', async t => {
  const headers = { none: null, ce_type_of_old: 'a', ce_typ: 'b', ce_type: 'c', ce_id: '' }
  const response = responseWith(await batchBy(ours, [{ key: 'k', value: 'v', headers }]))
  const [message] = (await ours.decode(response)).responses[0]?.partitions[1]?.messages ?? []
  const record = new FetchedRecord('a', 0, message as Message)
  t.deepEqual(
    ['ce_type', 'ce_typ', 'ce_id', 'ce_time', 'none'].map(name => record.textOf(name)),
    ['c', 'b', '', undefined, undefined],
  )
})

test('a batch at the end of a response that is cut off is left for the next fetch', async t => {
  const whole = await batchBy(ours, [{ key: 'k', value: 'whole' }])
  for (const length of [1, 60, 61, whole.length - 1]) {
    const response = responseWith(whole, whole.subarray(0, length))
    t.is((await ours.decode(response)).responses[0]?.partitions[1]?.messages.length, 1)
  }
})

test('a record in the format of brokers before 0.11 is left to kafkajs, however short it is', async t => {
  const value = Buffer.from('v')
  const record = Buffer.alloc(8 + 4 + 4 + 1 + 1 + 8 + 4 + 4 + value.length) // offset, size, checksum, magic, attributes, time, key, value
  record.writeInt32BE(record.length - 12, 8)
  record.writeInt8(1, 16)
  record.writeInt32BE(-1, 26)
  record.writeInt32BE(value.length, 30)
  value.copy(record, 34)
  const [message] = (await ours.decode(responseWith(record))).responses[0]?.partitions[1]?.messages ?? []
  t.deepEqual(message?.value, value)
})

test('compressed batches and those of a producer with an id are left to kafkajs', async t => {
  const list = [{ key: 'k', value: 'v', timestamp: '1000' }]
  const compressed = await batchBy(ours, list, { compression: gzip })
  t.is(compressed.readInt16BE(21), gzip)
  const decoded = await ours.decode(responseWith(compressed))
  t.like(decoded.responses[0]?.partitions[1]?.messages, { 0: { key: Buffer.from('k'), value: Buffer.from('v') } })
  const idempotent = await batchBy(ours, list, { producerId: 7, producerEpoch: 3 })
  t.deepEqual([idempotent.readBigInt64BE(43), idempotent.readInt16BE(51)], [7n, 3])
})

test('the checksum is that of RFC 3720, and of kafkajs', t => {
  t.is(crc32c(Buffer.alloc(32)), 0x8a9136aa)
  t.is(crc32c(Buffer.from('123456789')), 0xe3069283)
  fc.assert(fc.property(bytes, list => t.is(crc32c(list), theirCrc32c(list))))
})

const transactional = 0x10
const control = 0x20
const abortMarker = Buffer.alloc(4) // the key: version 0, type 0

/** One record of a transaction, or the marker behind one that was aborted. */
async function inTransaction(producer: number, offset: number, compression: number, isMarker = false) {
  const batch = await batchBy(ours, [{ key: isMarker ? abortMarker : 'k', value: 'v' }], { compression })
  batch.writeBigInt64BE(BigInt(offset), 0)
  batch.writeInt16BE(compression | transactional | (isMarker ? control : 0), 21)
  batch.writeBigInt64BE(BigInt(producer), 43)
  return batch
}

async function deliveredOf(response: Buffer, from: number) {
  const batch = new Batch(topic, String(from), (await ours.decode(response)).responses[0]?.partitions[1] ?? {})
  return { offsets: batch.messages.map(({ offset }) => offset), last: batch.lastOffset() }
}

for (const compression of [0, gzip]) {
  const one = (producer: number, offset: number) => inTransaction(producer, offset, compression)
  const abort = (producer: number, offset: number) => inTransaction(producer, offset, compression, true)
  const kind = compression === 0 ? 'plain' : 'compressed'

  test(`of two transactions that overlap and are aborted, no record is delivered: ${kind}`, async t => {
    const batches = [one(1, 0), one(2, 1), abort(2, 2), one(1, 3), abort(1, 4), one(1, 5), one(3, 6)]
    const inOrderOfTheirEnds = [
      { producer: 2, first: 1 },
      { producer: 1, first: 0 },
    ]
    const response = responseOf(await Promise.all(batches), inOrderOfTheirEnds)
    t.deepEqual(await deliveredOf(response, 0), { offsets: ['5', '6'], last: '6' })
  })

  test(`a fetch that begins within two aborted transactions delivers nothing of them, and goes on: ${kind}`, async t => {
    const aborted = [
      { producer: 1, first: 0 },
      { producer: 2, first: 1 },
    ]
    const response = responseOf(await Promise.all([one(2, 7), one(1, 8)]), aborted)
    t.deepEqual(await deliveredOf(response, 7), { offsets: [], last: '8' })
  })
}
