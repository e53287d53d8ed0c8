/** kafkajs declares the types of its public interface only. */
declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    pending: readonly unknown[]
    scheduleCheckPendingRequests(): void
  }
}

declare module 'kafkajs/src/network/connection.js' {
  export type Sent = { request: { apiKey: number } }
  export default class Connection {
    readonly host: string
    readonly port: number
    readonly connectionTimeout: number
    readonly socket: import('node:net').Socket
    isConnected(): boolean
    send(what: Sent): Promise<unknown>
    rejectRequests(error: Error): void
    disconnect(): Promise<boolean>
  }
}

declare module 'kafkajs/src/cluster/brokerPool.js' {
  import type { Metadata } from 'kafkajs/src/protocol/requests/index.js'
  export interface Broker {
    versions: object | null
    isConnected(): boolean
  }
  export default class BrokerPool {
    constructor(options: { logger: object; metadataMaxAge: number })
    readonly metadata: Metadata | null
    metadataExpireAt: number | null
    readonly seedBroker: Broker | undefined
    hasConnectedBrokers(): boolean
    connect(): Promise<void>
    refreshMetadata(topics: string[]): Promise<void>
  }
}

declare module 'kafkajs/src/protocol/requests/index.js' {
  interface Request<Options, Answer = unknown> {
    protocol(of: { version: number }): (options: Options) => {
      request: { encode(): Promise<unknown> }
      response: { decode(raw: Buffer): Promise<Answer>; parse(decoded: Answer): Promise<Answer> }
    }
  }
  export interface Metadata {
    topicMetadata: { topic: string; partitionMetadata: { partitionErrorCode: number; leader: number }[] }[]
  }
  const protocol: {
    requests: {
      Produce: Request<import('./kafkajs-codec.ts').ProduceOptions>
      Fetch: Request<object>
      Metadata: Request<{ topics: string[] }, Metadata>
    }
  }
  export default protocol
}

declare module 'kafkajs/src/protocol/requests/produce/v7/request.js' {
  export default function request(options: object): { encode(): Promise<{ buffer: Buffer }> }
}

declare module 'kafkajs/src/protocol/requests/fetch/v11/response.js' {
  const response: { decode(raw: Buffer): Promise<unknown> }
  export default response
}

declare module 'kafkajs/src/protocol/recordBatch/crc32C/index.js' {
  export default function crc32C(bytes: Buffer): number
}

declare module 'kafkajs/src/consumer/batch.js' {
  export default class Batch {
    constructor(topic: string, fetchedOffset: string, partition: object)
    readonly messages: { offset: string }[]
    lastOffset(): string
  }
}
