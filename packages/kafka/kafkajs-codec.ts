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
 * protocol that only brokers before Kafka 2.3 need.
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
    return { ...made, response: { parse, decode: async raw => fetchResponse(raw) ?? decode(raw) } }
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

interface FetchedPartition {
  partition: number
  errorCode: number
  highWatermark: string
  lastStableOffset: string
  lastStartOffset: string
  abortedTransactions: { producerId: string; firstOffset: string }[]
  preferredReadReplica: number
  messages: ReadRecord[]
}

// https://kafka.apache.org/protocol#The_Messages_Fetch, version 11
function fetchResponse(raw: Buffer): object | undefined {
  const from = new ByteReader(raw)
  const clientSideThrottleTime = from.int32()
  const errorCode = from.int16()
  const sessionId = from.int32()
  let isOurs = true
  const readMessages = (): ReadRecord[] => {
    const records = readBatches(from, Math.max(0, from.int32())) // -1: none
    isOurs &&= records !== undefined
    return records ?? []
  }
  const partition = (): FetchedPartition => ({
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
