import protocol from 'kafkajs/src/protocol/requests/index.js'
import { ByteReader, ByteWriter } from './bytes.ts'
import { readBatches, writeBatch, type ReadRecord, type RecordToSend } from './record-batch.ts'

export interface ProduceOptions {
  acks: number
  timeout: number
  compression: number
  transactionalId?: string
  producerId: number | string
  topicData: { topic: string; partitions: { partition: number; messages: RecordToSend[] }[] }[]
}

/**
 * Encodes the records that kafkajs 2.2.4 sends, and decodes those that it fetches, in an eighth and a third of its time.
 * Whatever is rare is left to kafkajs: compressed batches, idempotent producers and transactions, and versions of the
 * protocol that only brokers before Kafka 2.3 need. What was aborted is left out here, as kafkajs leaves out too little
 * where transactions overlap.
 *
 * kafkajs looks up the protocol of each request in the object that is changed here. Remove this with kafkajs.
 */
const { requests } = protocol
const produceOf = requests.Produce.protocol
const fetchOf = requests.Fetch.protocol
const firstWithBatches = 3
const fetchVersion = 11

requests.Produce.protocol = ({ version }) => {
  const make = produceOf({ version })
  if (version < firstWithBatches) return make
  return options => {
    const made = make(options)
    const isPlain =
      options.compression === 0 && options.transactionalId === undefined && Number(options.producerId) === -1
    return isPlain
      ? { ...made, request: { ...made.request, encode: async () => encoder(produceRequest(options)) } }
      : made
  }
}

requests.Fetch.protocol = ({ version }) => {
  const make = fetchOf({ version })
  if (version !== fetchVersion) return make
  return options => {
    const made = make(options)
    const { decode, parse } = made.response
    const read = async (raw: Buffer) => (fetchResponse(raw) ?? (await decode(raw))) as FetchAnswer // both have it
    return { ...made, response: { parse, decode: async raw => withoutAborted(await read(raw)) } }
  }
}

/** What kafkajs needs of its Encoder to copy the bytes. */
const encoder = (buffer: Buffer) => ({ buf: buffer, buffer })

// https://kafka.apache.org/protocol#The_Messages_Produce, versions 3 to 7
function produceRequest({ acks, timeout, topicData }: ProduceOptions): Buffer {
  const to = new ByteWriter()
  const nowMs = Date.now()
  to.string(null) // no transaction
  to.int16(acks)
  to.int32(timeout)
  to.int32(topicData.length)
  for (const { topic, partitions } of topicData) {
    to.string(topic)
    to.int32(partitions.length)
    for (const { partition, messages } of partitions) {
      to.int32(partition)
      const size = to.int32(0)
      writeBatch(to, messages, nowMs)
      to.int32At(size, to.length - size - 4)
    }
  }
  return to.written()
}

interface FetchAnswer {
  responses: { partitions: FetchedPartition[] }[]
}

interface FetchedPartition {
  abortedTransactions: { producerId: string; firstOffset: string }[]
  messages: Pick<ReadRecord, 'offset' | 'isControlRecord' | 'batchContext'>[]
}

// https://kafka.apache.org/protocol#The_Messages_Fetch, version 11
function fetchResponse(raw: Buffer): object | undefined {
  const from = new ByteReader(raw)
  const clientSideThrottleTime = from.int32()
  const errorCode = from.int16()
  const sessionId = from.int32()
  let isOurs = true
  const readMessages = () => {
    const records = readBatches(from, Math.max(0, from.int32())) // -1: none
    isOurs &&= records !== undefined
    return records ?? []
  }
  const partition = () => ({
    partition: from.int32(),
    errorCode: from.int16(),
    highWatermark: String(from.int64()),
    lastStableOffset: String(from.int64()),
    lastStartOffset: String(from.int64()),
    abortedTransactions: from.array(() => ({ producerId: String(from.int64()), firstOffset: String(from.int64()) })),
    preferredReadReplica: from.int32(),
    messages: readMessages(),
  })
  const responses = from.array(() => ({ topicName: from.string(), partitions: from.array(partition) }))
  // kafkajs is to wait, not the broker
  return isOurs ? { throttleTime: 0, clientSideThrottleTime, errorCode, sessionId, responses } : undefined
}

/** What belongs to an aborted transaction becomes a control record, which kafkajs skips without delivering it. */
function withoutAborted(answer: FetchAnswer): FetchAnswer {
  for (const partition of answer.responses.flatMap(({ partitions }) => partitions)) {
    if (partition.abortedTransactions.length > 0) markAborted(partition)
    partition.abortedTransactions = []
  }
  return answer
}

/** Kafka lists transactions in the order of their ends, so one that began earlier may come later. */
function markAborted({ abortedTransactions, messages }: FetchedPartition): void {
  const begins = abortedTransactions
    .map(({ producerId, firstOffset }) => ({ producerId, offset: Number(firstOffset) }))
    .toSorted((a, b) => a.offset - b.offset)
  const aborted = new Set<string>()
  for (const message of messages) {
    const { producerId, inTransaction } = message.batchContext
    while (begins[0] && begins[0].offset <= Number(message.offset)) aborted.add(begins.shift()?.producerId ?? '')
    if (message.isControlRecord) aborted.delete(producerId)
    else if (inTransaction && aborted.has(producerId)) message.isControlRecord = true
  }
}
