import { ReadRecord } from './record-batch.ts'
import { firstText, type IncomingRecord } from './record-codec.ts'

/** What kafkajs gives of a record: ours, or that of its own codec. */
export type FetchedMessage = Omit<IncomingRecord, 'topic' | 'partition' | 'headers' | 'textOf'> & {
  headers?: IncomingRecord['headers']
}

/** A record with its place. Of most records only the type is read, so its headers are decoded only if all are wanted. */
export class FetchedRecord implements IncomingRecord {
  readonly topic: string
  readonly partition: number
  readonly offset: string
  readonly timestamp: string
  readonly key: Buffer | null
  readonly value: Buffer | null
  readonly #message: FetchedMessage

  constructor(topic: string, partition: number, message: FetchedMessage) {
    this.topic = topic
    this.partition = partition
    this.offset = message.offset
    this.timestamp = message.timestamp
    this.key = message.key
    this.value = message.value
    this.#message = message
  }

  get headers(): IncomingRecord['headers'] {
    return this.#message.headers ?? {}
  }

  textOf(name: string): string | undefined {
    return this.#message instanceof ReadRecord ? this.#message.textOf(name) : firstText(this.headers, name)
  }
}

type Bytes = IncomingRecord['headers'][string] | null

/** A record to be kept: one that was fetched keeps the whole response of its fetch in memory. */
export function ownCopyOf(record: IncomingRecord): IncomingRecord {
  const { topic, partition, offset, timestamp, key, value, headers } = record
  return {
    topic,
    partition,
    offset,
    timestamp,
    key: bytesOf(key),
    value: bytesOf(value),
    headers: Object.fromEntries(Object.entries(headers).map(([name, one]) => [name, bytesOf(one)])),
  }
}

function bytesOf<T extends Bytes>(value: T): T
function bytesOf(value: Bytes): Bytes {
  if (Array.isArray(value)) return value.map(one => bytesOf(one))
  return Buffer.isBuffer(value) ? Buffer.from(value) : value
}
