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
