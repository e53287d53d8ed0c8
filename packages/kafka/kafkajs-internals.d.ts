/** kafkajs declares the types of its public interface only. */
declare module 'kafkajs/src/network/requestQueue/index.js' {
  export default class RequestQueue {
    pending: readonly unknown[]
    scheduleCheckPendingRequests(): void
  }
}

declare module 'kafkajs/src/network/connection.js' {
  export type Sent = object
  export default class Connection {
    readonly host: string
    readonly port: number
    readonly socket: import('node:net').Socket
    isConnected(): boolean
    send(what: Sent): Promise<unknown>
    rejectRequests(error: Error): void
    disconnect(): Promise<boolean>
  }
}

declare module 'kafkajs/src/protocol/requests/index.js' {
  interface Request<Options> {
    protocol(of: { version: number }): (options: Options) => {
      request: { encode(): Promise<unknown> }
      response: { decode(raw: Buffer): Promise<unknown>; parse(decoded: unknown): Promise<unknown> }
    }
  }
  const protocol: {
    requests: {
      Produce: Request<import('./kafkajs-codec.ts').ProduceOptions>
      Fetch: Request<object>
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

declare module 'kafkajs/src/consumer/filterAbortedMessages.js' {
  export default function filterAbortedMessages<Message>(partition: {
    messages: Message[]
    abortedTransactions: { firstOffset: string; producerId: string }[] | null
  }): Message[]
}
